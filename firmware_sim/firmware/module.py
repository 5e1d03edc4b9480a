"""One light module: the main loop, the poll, pictures, the watchdog of the host.

In: a Port and key levels. Out: replies sent through the Port, and a face that shows the right thing.

The Port is the only hardware the firmware sees:
    any() -> int            bytes waiting in the receive buffer (counts everything heard on the line)
    readinto(view) -> int   move them; how many were moved
    send(view, n)           drive the line, send n bytes, release it when the last one is out
    ticks_us() -> int       microseconds; may wrap, only differences are used
`rand(n)` gives a random number 0…n-1.
"""

from firmware_sim.firmware import service
from firmware_sim.firmware.face import PICTURE_BYTES, QUIET_MS, Face
from firmware_sim.firmware.fifo import GAP, Fifo
from firmware_sim.firmware.keys import Keys
from firmware_sim.firmware.wire import ALL, HEAD_BYTES, HOST, WIRE_MAX, Receiver, seal

try:
    from time import ticks_diff  # type: ignore[attr-defined]
except ImportError:  # not MicroPython: the clock does not wrap

    def ticks_diff(later: int, earlier: int) -> int:
        return later - earlier


GPOLL, SET, SETB, COMMIT = 0x01, 0x10, 0x11, 0x12
REPLY = 0x80
OPERATION = 0x3F
HELLO = 0x8
POWER, WATCHDOG, COMMAND, BROWN_OUT = 0, 1, 2, 3

REPLY_EARLIEST_US = 100  # after the closing delimiter
REPLY_LATEST_US = 1200  # after the last look that found the request incomplete
REPLY_SPREAD_US = 600  # random part of the answer to a poll
RECORD = 1 + PICTURE_BYTES  # of SETB

_REPLY_BODY = 2 + HEAD_BYTES  # where the body of a reply begins in the send buffer


class Module:
    """One module. `step()` is one pass of the main loop; its parts are public, for a simulator that shares work."""

    def __init__(self, port, uid, address, rand, told=None) -> None:
        self.port = port
        self.uid = uid
        self.rand = rand
        self.told = told  # called with (module, seq, code, value, token) for each event: for whoever watches
        self.rx = Receiver()
        self.tx = bytearray(WIRE_MAX)
        self.rx.address = address
        self.start(POWER)

    def start(self, cause) -> None:
        """Power-up and every reset: only the address and the UID outlive it."""
        self.boot_id = self.rand(0x10000)
        self.cause = cause
        self.face = Face()
        self.face.address = self.rx.address
        self.fifo = Fifo()
        self.keys = Keys(self.face, self.queue, self.awake)
        self.epoch: int = -1  # none seen yet
        self.muted = False
        self.late = 0
        self.unknown = 0  # frames with a good CRC that mean nothing
        self.ms = 0  # since start
        self.heard_ms = 0
        self.reply_size = 0
        self.reply_due = 0
        self._us = self.port.ticks_us()
        self._looked = self._us
        self._fresh_until = 0
        self._listen = False
        self._last_set = -1
        self.queue(HELLO, cause, self.face.hash(), 0, 0)

    def step(self) -> None:
        """One pass of the main loop."""
        now = self.port.ticks_us()
        self.clock(now)
        waiting = self.port.any()
        if self.reply_size and (waiting or ticks_diff(now, self.reply_due) >= 0):
            self.transmit(now)
        if waiting:
            self.rx.filled(self.port.readinto(self.rx.space()))
            while self.rx.next():
                self.receive(self.rx.buf, self.rx.at, self.rx.size, self._looked, now)
        self._looked = now
        self.keys.tick(self.ms)

    def clock(self, us) -> None:
        """Carry the slow clock along with the fast one."""
        passed = ticks_diff(us, self._us)
        if passed >= 1000:
            self.ms += passed // 1000
            self._us = us - passed % 1000

    def receive(self, buf, at, size, looked, now) -> None:
        """Carry out the checked frame buf[at:at+size]. `looked`: when the main loop last found it incomplete."""
        self._fresh_until = looked + REPLY_LATEST_US
        self.reply_due = now
        self._listen = False
        if buf[at + 1] & REPLY or not self._carry_out(buf, at, size - HEAD_BYTES, buf[at] == ALL):
            self.unknown += 1
        else:
            self.heard_ms = self.ms

    def _carry_out(self, buf, at, body, to_all) -> bool:
        operation, seq, start = buf[at + 1] & OPERATION, buf[at + 2], at + HEAD_BYTES
        if operation == GPOLL and to_all and body == 7:
            self._poll(buf, start, seq)
        elif operation == SETB and to_all and body >= 2 + RECORD and (body - 2) % RECORD == 0:
            self._set_many(buf, start, body)
        elif operation == COMMIT and to_all and body == 1:
            self.follow(buf[start])
            self.face.commit()
        elif operation == SET and not to_all and self.rx.address and body == PICTURE_BYTES:
            self._set(buf, start, seq)
        else:
            return service.carry_out(self, operation, buf, at, body)
        return True

    def transmit(self, now) -> None:
        """Send the prepared reply, or keep silent: another one was heard first, or the request is stale."""
        size, self.reply_size = self.reply_size, 0
        if self._listen and self.port.any():
            return
        if ticks_diff(now, self._fresh_until) > 0:
            self.late += 1
            return
        self.port.send(memoryview(self.tx), size)

    def prepare(self, operation, seq, body) -> None:
        """Make the reply to request `operation` ready; its `body` bytes are already in tx[5:]."""
        self.tx[2] = HOST
        self.tx[3] = REPLY | operation
        self.tx[4] = seq
        self.reply_size = seal(self.tx, HEAD_BYTES + body)

    def follow(self, epoch) -> None:
        """Note the number of a SETB or COMMIT; a missed one becomes a GAP event."""
        if self.epoch >= 0 and epoch != self.epoch and epoch != (self.epoch + 1) & 0xFF:
            self._missed(epoch)
        self.epoch = epoch

    def queue(self, kind, detail, value, token, ms) -> None:
        """Queue an event that happened at `ms`."""
        code = kind << 4 | detail
        seq = self.fifo.push(code, value, token, ms)
        if seq and self.told:
            self.told(self, seq, code, value, token)

    def silence(self) -> int:
        """How long the host has not been heard (ms)."""
        return self.ms - self.heard_ms

    def awake(self) -> bool:
        return self.silence() <= QUIET_MS

    def _poll(self, buf, at, seq) -> None:
        address = self.rx.address
        if buf[at + 2] == address and buf[at + 3] and buf[at + 4] == self.boot_id & 0xFF:
            self.fifo.done(buf[at + 3], self.ms)
        if buf[at + 5] & 1 and buf[at + 6] != self.epoch:
            if self.epoch >= 0:
                self._missed(buf[at + 6])
            self.epoch = buf[at + 6]
        if self.fifo.count and address and buf[at] <= address <= buf[at + 1]:
            self._answer_poll(seq)

    def _answer_poll(self, seq) -> None:
        self.tx[_REPLY_BODY] = self.rx.address
        self.tx[_REPLY_BODY + 1] = self.boot_id & 0xFF
        self.tx[_REPLY_BODY + 2] = self.boot_id >> 8
        end = self.fifo.pack(self.tx, _REPLY_BODY + 3, self.ms)
        self.prepare(GPOLL, seq, end - _REPLY_BODY)
        spread = self.rand(REPLY_SPREAD_US + 1)
        self.reply_due += spread
        self._fresh_until += spread
        self._listen = True

    def _set(self, buf, at, seq) -> None:
        self.face.show(buf, at, seq == self._last_set)
        self._last_set = seq
        picture = self.face.hash()
        self.tx[_REPLY_BODY] = self.rx.address
        self.tx[_REPLY_BODY + 1] = 0
        self.tx[_REPLY_BODY + 2] = picture & 0xFF
        self.tx[_REPLY_BODY + 3] = picture >> 8
        self.prepare(SET, seq, 4)

    def _set_many(self, buf, at, body) -> None:
        self.follow(buf[at])
        for record in range(at + 2, at + body, RECORD):
            if buf[record] == self.rx.address:
                if buf[at + 1] & 1:
                    self.face.hold(buf, record + 1)
                else:
                    self.face.show(buf, record + 1, False)

    def _missed(self, epoch) -> None:
        if not self.fifo.holds(GAP):
            self.queue(GAP >> 4, 0, epoch, 0, self.ms)
