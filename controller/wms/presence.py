"""The retained messages: who this controller is, what it can do, how it is.

In: identity, site, figures. Out: payloads of `state/presence`, `state/info`, `state/health`. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from controller.core.model import Site
from controller.wms import messages as m
from controller.wms import states as s
from controller.wms.house import HealthParts
from controller.wms.spelling import stamp

NOT_ACKING_S = 60.0
"""The WMS is online in name only when it has acknowledged nothing for this long."""
LEVELS = ("ok", "info", "warn", "error")
_encoder = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who speaks. `instance`: drawn anew at each start; `boot`: how many starts; `last_exit`: clean, crash, power …"""

    controller: str
    instance: str
    boot: int
    sw: str
    last_exit: str = "unknown"
    config: str = ""
    session: int = 0

    def in_session(self, session: int) -> Identity:
        return replace(self, session=session)


def will(identity: Identity) -> bytes:
    """What the broker says for us when we vanish."""
    return _presence(identity, "lost")


def offline(identity: Identity, at: int) -> bytes:
    """Going on purpose."""
    return _presence(identity, "offline", at=stamp(at))


def birth(
    identity: Identity, at: int, *, session_present: bool, stream: str, head: int, acked: int, oldest: int
) -> bytes:
    return _presence(
        identity,
        "online",
        at=stamp(at),
        boot=identity.boot,
        last_exit=identity.last_exit,
        session_present=session_present,
        stream=stream,
        head_seq=head,
        wms_acked=acked,
        oldest_seq=oldest,
        sw=identity.sw,
        proto=m.VERSION,
    )


def twin(raw: bytes, identity: Identity) -> str | None:
    """Who else is online under our name, if this message (never a retained one) says so and we are the one to yield.

    Our own earlier self, whose messages may arrive late, had a lower session; of two cards with one content the one
    with the lower session yields.
    """
    try:
        seen = msgspec.json.decode(raw, type=s.Presence)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    other = seen.state == "online" and seen.instance != identity.instance and seen.session >= identity.session
    return f"instance {seen.instance[:32]}, session {seen.session}" if other else None


def info(identity: Identity, site: Site, at: int, stream: str) -> bytes:
    policy = site.policy
    return _encoder.encode(
        s.Info(
            v=m.VERSION,
            at=stamp(at),
            src=identity.controller,
            sw=identity.sw,
            protos=[m.VERSION],
            stream=stream,
            limits=s.Limits(
                task_bytes=m.MAX_BYTES,
                task_lines=policy.max_lines,
                open_tasks=policy.max_open_tasks,
                qty=m.MAX_QTY,
                qty_decimals=m.QTY_DECIMALS,
            ),
            capabilities=sorted(site.capabilities),
            commands=sorted(m.COMMANDS),
            zones=sorted(site.zones),
            locations=len(site.locations),
            config=identity.config,
        )
    )


def health(
    identity: Identity, at: int, parts: HealthParts, *, host: str, outbox: s.OutboxHealth, rejects: int, garbage: int
) -> s.Health:
    errors = [
        s.HealthError(code=x["code"], level=x.get("level", "warn"), ref=x.get("ref"), hint=x.get("hint", ""))
        for x in parts.errors
    ]
    if outbox.oldest_s > NOT_ACKING_S:
        hint = "the WMS acknowledges no events: is its consumer running, may it read out/event and write in/ack?"
        errors.append(s.HealthError(code="HOST_NOT_ACKING", level="warn", ref=None, hint=hint))
    return s.Health(
        v=m.VERSION,
        at=stamp(at),
        src=identity.controller,
        mode=parts.mode,
        level=_worst([x.level for x in errors]),
        paused=list(parts.paused),
        host=host,
        outbox=outbox,
        rejects_1h=rejects,
        dropped_garbage_1h=garbage,
        errors=errors,
        tasks=parts.tasks,
        modules=parts.modules,
        db=parts.db,
        sys=parts.sys,
        voice=parts.voice,
    )


def health_bytes(picture: s.Health) -> bytes:
    return _encoder.encode(picture)


def gist(picture: s.Health) -> Any:
    """What has to change for a new health message to be worth sending."""
    fields = (picture.mode, picture.level, picture.paused, picture.host, picture.errors, picture.tasks, picture.modules)
    return msgspec.json.encode((*fields, picture.rejects_1h, picture.dropped_garbage_1h, picture.voice))


def _presence(identity: Identity, state: str, **more: Any) -> bytes:
    return _encoder.encode(
        s.Presence(
            v=m.VERSION,
            src=identity.controller,
            state=state,
            session=identity.session,
            instance=identity.instance,
            **more,
        )
    )


def _worst(levels: Sequence[str]) -> str:
    known = [LEVELS.index(level) if level in LEVELS else LEVELS.index("error") for level in levels]
    return LEVELS[max(known, default=0)]
