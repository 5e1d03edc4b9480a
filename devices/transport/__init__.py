"""Getting bytes to and from the line."""
