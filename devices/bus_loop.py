"""Serves all buses of a controller: ports, links and the way to the application.

In: messages from the application, bytes from the ports. Out: bytes to the ports, messages to the application.

A plain loop on select with microsecond timeouts: the timers of asyncio have a grain of 1 ms, and another busy thread in
the same interpreter delays a poll by 10–20 ms. So it normally runs as its own process, `python -m devices.bus_loop FD`,
which imports next to nothing and ends when the application does.
"""

from __future__ import annotations

import gc
import logging
import select
import signal
import socket
import sys
import time
from typing import Final

from devices.bus.events import ADDRESS_CLASH_FAULT, LinkLost
from devices.bus.link import Link
from devices.channel import (
    Acknowledge,
    Channel,
    ChannelClosed,
    Happened,
    HealthReport,
    LineDown,
    LineUp,
    Locate,
    Message,
    Show,
    Start,
)
from devices.errors import DevicesError
from devices.transport.port import PortGone
from devices.transport.serial_port import SerialPort

log = logging.getLogger(__name__)

HEALTH_EVERY: Final = 2.0  # s between reports
LONGEST_SLEEP: Final = 0.5  # s
SHORTEST_SLEEP: Final = 0.00002  # s; select returns 50 µs late anyway
TRACE_LINES: Final = 40
FRAMES_IN_A_ROW: Final = 8  # from one link before the others are served; it is one unless a frame needs no line time


class Bus:
    """One port and its link."""

    def __init__(self, index: int, port: SerialPort, link: Link, channel: Channel) -> None:
        self.index = index
        self.port = port
        self.link = link
        self._channel = channel
        self._told_down = False

    def readable(self) -> None:
        try:
            data = self.port.read()
        except PortGone as fault:
            self._down(str(fault))
            return
        self.link.received(data, time.monotonic())

    def serve(self, now: float) -> float:
        """Send what is due, report what happened; when to be called again."""
        if not self.port.is_open and not self._open(now):
            return self.port.retry_at
        self._report()  # before the next poll is written: the application is waiting for it
        try:
            self._write_due()
        except PortGone as fault:
            self._down(str(fault))
        self._report()
        return self.link.deadline if self.port.is_open else self.port.retry_at

    def health(self) -> HealthReport:
        port = {"open": self.port.is_open, "url": self.port.url, "unwritten": self.port.unwritten}
        return HealthReport(self.index, {**self.link.health(), **port}, self.link.take_infos())

    def _write_due(self) -> None:
        for _ in range(FRAMES_IN_A_ROW):
            data = self.link.poll(time.monotonic())
            if data is None:
                return
            self.port.write(data)

    def _report(self) -> None:
        events = self.link.take_events()
        if not events:
            return
        self._channel.send(Happened(self.index, tuple(events)))
        if any(isinstance(e, LinkLost) and e.fault == ADDRESS_CLASH_FAULT for e in events):
            log.warning("two modules seem to share an address:\n%s", "\n".join(self._trace()))

    def _open(self, now: float) -> bool:
        if self.port.try_open(now):
            self._told_down = False
            self.link.line_away(now)
            self._channel.send(LineUp(self.index))
            return True
        if not self._told_down and self.port.last_fault:
            self._down(self.port.last_fault)
        return False

    def _down(self, why: str) -> None:
        now = time.monotonic()
        if self.port.is_open:
            self.port.gone(why, now)
        self._told_down = True
        self.link.line_away(now)
        self._channel.send(LineDown(self.index, why, self._trace()))

    def _trace(self) -> tuple[str, ...]:
        return tuple(self.link.recorder.lines()[-TRACE_LINES:])


class BusLoop:
    """All buses, and the channel to the application."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._buses: list[Bus] = []
        self._health_at = 0.0

    def run(self) -> None:
        """Until the application closes the channel."""
        try:
            while True:
                self._turn()
        except ChannelClosed:
            pass
        finally:
            for bus in self._buses:
                bus.port.close()
            self._channel.close()

    def _turn(self) -> None:
        wake = self._serve(time.monotonic())
        ports = {bus.port.fileno(): bus for bus in self._buses if bus.port.is_open}
        pause = min(max(wake - time.monotonic(), SHORTEST_SLEEP), LONGEST_SLEEP)
        readers: list[int] = [self._channel.fileno(), *ports]
        writers = [self._channel.fileno()] if self._channel.unsent else []
        ready, writable, _ = select.select(readers, writers, [], pause)
        for fd in ready:
            if fd in ports:
                ports[fd].readable()
        if self._channel.fileno() in ready:
            self._take_messages()
        if writable:
            self._channel.flush()

    def _serve(self, now: float) -> float:
        if now >= self._health_at:
            self._health_at = now + HEALTH_EVERY
            for bus in self._buses:
                self._channel.send(bus.health())
        return min([bus.serve(now) for bus in self._buses], default=now + LONGEST_SLEEP)

    def _take_messages(self) -> None:
        for message in self._channel.receive():
            try:
                self._take(message)
            except DevicesError:
                log.exception("message refused: %s", message)

    def _take(self, message: Message) -> None:
        match message:
            case Start():
                self._start(message)
            case Show():
                for addr, picture in message.pictures:
                    self._buses[message.bus].link.show(addr, picture)
            case Acknowledge():
                link = self._buses[message.bus].link
                link.acknowledge(message.addr, message.boot_id, message.ev_seq, time.monotonic())
            case Locate():
                self._buses[message.bus].link.identify(message.addr, message.seconds)

    def _start(self, message: Start) -> None:
        now = time.monotonic()
        for index, row in enumerate(message.buses):
            link = Link(row.addresses, baud=row.baud, port_latency=row.port_latency, now=now, cursors=row.cursors)
            for addr, picture in row.pictures:
                link.show(addr, picture)
            self._buses.append(Bus(index, SerialPort(row.url, row.baud), link, self._channel))


def main(argv: list[str]) -> None:
    """The bus process: `argv[1]` is the file descriptor of its end of the socket pair."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the application, which then closes the channel
    logging.basicConfig(level=logging.WARNING, format="bus: %(levelname)s %(message)s")
    gc.freeze()
    BusLoop(Channel(socket.socket(fileno=int(argv[1])))).run()


if __name__ == "__main__":
    main(sys.argv)
