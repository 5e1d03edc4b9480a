"""The measurements behind docs/PERFORMANCE.md: one file per group, all of them run by `pickbeam bench`.

In: nothing but this machine. Out: entries (`report.Entry`), each with its aim and a peer or a limit of the same run.
"""

from __future__ import annotations
