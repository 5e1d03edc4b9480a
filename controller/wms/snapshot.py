"""The answer to `snapshot`: all open tasks, in pages that fit a message.

In: a `Picture` of the open tasks. Out: payloads for `out/reply`. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from controller.core.state import TaskRecord
from controller.wms import states as s
from controller.wms.events import LineSeqs
from controller.wms.house import Picture
from controller.wms.messages import MAX_BYTES, VERSION
from controller.wms.spelling import number, stamp

PAGE_BYTES = MAX_BYTES * 3 // 4
"""Of tasks in a page, without the frame around them; a single task larger than that has its own page."""
_encoder = msgspec.json.Encoder(decimal_format="number")


def pages(picture: Picture, *, controller: str, cause: str, at: int) -> list[bytes]:
    """At least one page, even with nothing open."""
    chunks = list(_chunks(picture)) or [[]]
    return [
        _encoder.encode(
            s.SnapshotPage(
                v=VERSION,
                at=stamp(at),
                src=controller,
                cause=cause,
                stream=picture.stream,
                as_of_seq=picture.head,
                page=index + 1,
                pages=len(chunks),
                tasks=chunk,
            )
        )
        for index, chunk in enumerate(chunks)
    ]


def _chunks(picture: Picture) -> Iterator[list[s.SnapshotTask]]:
    chunk: list[s.SnapshotTask] = []
    size = 0
    for record in picture.state.tasks.values():
        task = _task(record, picture.seqs)
        grown = size + len(_encoder.encode(task))
        if chunk and grown > PAGE_BYTES:
            yield chunk
            chunk, grown = [], grown - size
        chunk.append(task)
        size = grown
    if chunk:
        yield chunk


def _task(record: TaskRecord, seqs: LineSeqs) -> s.SnapshotTask:
    task = record.task
    return s.SnapshotTask(
        task_id=task.task_id,
        revision=task.revision,
        state=record.state.value,
        digest=f"sha256:{record.digest}",
        picker=record.picker,
        lines=[
            s.SnapshotLine(
                line_id=line_id,
                state=line.state.value,
                qty_planned=number(line.line.qty),
                qty_picked=number(line.picked),
                seq=seqs.seq(task.task_id, line_id),
            )
            for line_id, line in record.lines.items()
        ],
    )
