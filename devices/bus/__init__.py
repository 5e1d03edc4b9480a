"""The module bus without I/O: bytes and the time go in, bytes and events come out (docs/BUS_PROTOCOL.md)."""
