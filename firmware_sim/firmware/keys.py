"""The four keys: debounce, holds, the chord, the lock-out, the stuck key.

In: level changes of the key pins (they may bounce) and the time. Out: calls to `sink(kind, detail, value, token, ms)`,
one per event, and adjustments made to the face. `due()` says when `tick` has work next, so that nobody needs to ask
every millisecond.
"""

CONFIRM, PLUS, MINUS, FUNCTION = 0, 1, 2, 3
KEYS = 4

DEBOUNCE_MS = 8
HOLD_MS = 1000
STUCK_MS = 5000
LOCK_MS = 300  # the confirm key after a CONFIRM

EV_CONFIRM, EV_SHORT, EV_SKIP, EV_UNDO, EV_UNLIT = 1, 2, 3, 4, 5
EV_KEY_HELD, EV_KEY_FREED = 0xA, 0xB
EMPTY, DAMAGED = 1, 2

NEVER = -1
NOBODY = -1


class Keys:
    """`face` shows and counts; `sink` queues events; `awake()` says whether the host is heard (else: UNLIT)."""

    def __init__(self, face, sink, awake) -> None:
        self._face = face
        self._sink = sink
        self._awake = awake
        self._raw = [False] * KEYS
        self._down = [False] * KEYS
        self._changed = [NEVER] * KEYS  # when the raw level last changed, while it differs from the debounced one
        self._since = [NEVER] * KEYS  # when the key went down
        self._token = [0] * KEYS  # of the picture at that moment
        self._stuck = [False] * KEYS
        self._active = NOBODY  # the one key that counts
        self._fired = False  # the active key has done its work
        self._locked_until = NEVER

    def edge(self, key: int, down: bool, ms: int) -> None:
        """The pin of `key` changed its level."""
        if down == self._raw[key]:
            return
        if down and not self._down[key] and self._changed[key] == NEVER:
            self._since[key] = ms
            self._token[key] = self._face.token()
        self._raw[key] = down
        self._changed[key] = ms

    def tick(self, ms: int) -> None:
        """Do all work that is due."""
        for key in range(KEYS):
            if self._changed[key] != NEVER and ms - self._changed[key] >= DEBOUNCE_MS:
                self._settle(key, ms)
            if self._down[key]:
                self._held(key, ms)

    def due(self) -> int:
        """When `tick` has something to do next (ms), or NEVER."""
        first = NEVER
        for key in range(KEYS):
            first = _sooner(first, self._due_of(key))
        return first

    def _due_of(self, key: int) -> int:
        if self._changed[key] != NEVER:
            return self._changed[key] + DEBOUNCE_MS
        if not self._down[key] or self._stuck[key]:
            return NEVER
        if key == self._active and not self._fired and key in (MINUS, FUNCTION):
            return self._since[key] + HOLD_MS
        return self._since[key] + STUCK_MS + 1

    def _settle(self, key: int, ms: int) -> None:
        self._changed[key] = NEVER
        if self._raw[key] == self._down[key]:
            return
        self._down[key] = self._raw[key]
        if self._down[key]:
            self._pressed(key, ms)
        else:
            self._released(key, ms)

    def _pressed(self, key: int, ms: int) -> None:
        if self._active == NOBODY:
            self._active = key
            self._fired = key in (CONFIRM, PLUS)
            if key == CONFIRM:
                self._confirm(ms)
            elif key == PLUS and self._counts():
                self._face.adjust(1)
        elif not self._fired and key != self._active and key in (MINUS, FUNCTION):
            self._fired = True
            self._short(DAMAGED, self._active, ms)

    def _released(self, key: int, ms: int) -> None:
        if self._stuck[key]:
            self._stuck[key] = False
            self._sink(EV_KEY_FREED, key, 0, 0, ms)
        if key != self._active:
            return
        self._active = NOBODY
        if self._fired:
            return
        if key == MINUS and self._counts():
            self._face.adjust(-1)
        elif key == FUNCTION:
            self._short(EMPTY, key, ms)

    def _held(self, key: int, ms: int) -> None:
        lasted = ms - self._since[key]
        if key == self._active and not self._fired and lasted >= HOLD_MS:
            self._fired = True
            self._long(key, ms)
        if lasted > STUCK_MS and not self._stuck[key]:
            self._stuck[key] = True
            self._sink(EV_KEY_HELD, key, 0, 0, ms)
            if key == self._active:
                self._active = NOBODY

    def _long(self, key: int, ms: int) -> None:
        if key == MINUS:
            self._face.flash(ms, False)
            self._sink(EV_UNDO, 0, 0, self._token[key], self._since[key])
        elif key == FUNCTION and self._counts():
            self._face.flash(ms, True)
            self._sink(EV_SKIP, 0, 0, self._token[key], self._since[key])

    def _confirm(self, ms: int) -> None:
        if ms < self._locked_until:
            return
        since, token, face = self._since[CONFIRM], self._token[CONFIRM], self._face
        if not self._counts():
            face.flash(ms, False)
            self._sink(EV_UNLIT, 0, 0, token, since)
            return
        self._locked_until = ms + LOCK_MS
        face.flash(ms, True)
        if face.quantity < face.asked():
            self._sink(EV_SHORT, 0, face.quantity, token, since)
        else:
            self._sink(EV_CONFIRM, 0, face.quantity, token, since)

    def _short(self, reason: int, key: int, ms: int) -> None:
        if self._counts():
            face = self._face
            face.flash(ms, True)
            self._sink(EV_SHORT, reason, face.quantity if face.adjusted() else 0, self._token[key], self._since[key])

    def _counts(self) -> bool:
        return bool(self._face.confirmable() and self._awake())


def _sooner(a: int, b: int) -> int:
    if a == NEVER:
        return b
    return a if b == NEVER else min(a, b)
