"""The kinds of work: what arrives, who does it, what a press means. One file per concern, all acting on a `Draft`."""
