"""Events that wait for their acknowledgement.

In: what happened, and acknowledgements. Out: the records of an EVENT frame, oldest first. 16 places; the oldest is
never dropped.
"""

PLACES = 16
RECORD_BYTES = 6
RECORDS_MAX = 4  # in one EVENT frame
AGE_MAX = 255  # of 10 ms: "2.55 s or more"

OVERFLOW = 0xC0
GAP = 0x90


class Fifo:
    """Numbers events 1…255, 1…; keeps each until `done` names it or a later one."""

    def __init__(self) -> None:
        self.count = 0
        self._head = 0
        self._last_seq = 0
        self._refused = 0
        self._seq = bytearray(PLACES)
        self._code = bytearray(PLACES)
        self._token = bytearray(PLACES)
        self._value = [0] * PLACES
        self._ms = [0] * PLACES

    def push(self, code: int, value: int, token: int, ms: int) -> int:
        """Queue one event that happened at `ms`; return its number, or 0 when all places are taken: it is counted."""
        if self.count == PLACES:
            self._refused = min(self._refused + 1, 0xFFFF)
            return 0
        self._last_seq = self._last_seq % 255 + 1
        place = (self._head + self.count) % PLACES
        self._seq[place] = self._last_seq
        self._code[place] = code
        self._value[place] = value
        self._token[place] = token
        self._ms[place] = ms
        self.count += 1
        return self._last_seq

    def done(self, seq: int, ms: int) -> int:
        """Forget everything up to and including `seq`; return how many events that were (0: not in the queue)."""
        for n in range(self.count):
            if self._seq[(self._head + n) % PLACES] == seq:
                self._head = (self._head + n + 1) % PLACES
                self.count -= n + 1
                self._tell_refused(ms)
                return n + 1
        return 0

    def holds(self, code: int) -> bool:
        return any(self._code[(self._head + n) % PLACES] == code for n in range(self.count))

    def pack(self, out: bytearray, at: int, ms: int) -> int:
        """Write up to four records with their age at `ms` into out[at:]; return where they end."""
        for n in range(min(self.count, RECORDS_MAX)):
            place = (self._head + n) % PLACES
            value = self._value[place]
            out[at] = self._seq[place]
            out[at + 1] = self._code[place]
            out[at + 2] = value & 0xFF
            out[at + 3] = value >> 8
            out[at + 4] = self._token[place]
            out[at + 5] = max(0, min((ms - self._ms[place]) // 10, AGE_MAX))
            at += RECORD_BYTES
        return at

    def _tell_refused(self, ms: int) -> None:
        if self._refused:
            refused, self._refused = self._refused, 0
            self.push(OVERFLOW, refused, 0, ms)
