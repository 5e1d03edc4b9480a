"""Everything the product decides. Pure: no I/O, no clock, no asyncio, no logging; standard-library data types only."""
