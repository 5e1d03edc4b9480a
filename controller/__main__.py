"""`python -m controller` is `pickbeam`. In: `sys.argv`. Out: an exit code."""

from __future__ import annotations

from controller.cli import main

main()
