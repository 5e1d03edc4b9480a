"""The peer: what one writes in half an hour with paho and pyserial, stock settings, nothing durable.

    python -m controller.bench.stock_script PORT TTY [nodelay]

In: MQTT messages on `stock/task`, lines from the serial port. Out: the same on the serial port, and on `stock/event`.
`nodelay` sets TCP_NODELAY on its socket: the same script with the one option that matters.
"""

from __future__ import annotations

import socket
import sys
from typing import Any

import paho.mqtt.client as mqtt
import serial
from paho.mqtt.enums import CallbackAPIVersion


def main(port: int, tty: str, *, nodelay: bool) -> None:
    line = serial.Serial(tty, 250_000)
    client = mqtt.Client(CallbackAPIVersion.VERSION2)

    def at_once(_client: Any, _data: Any, sock: Any) -> None:
        if nodelay:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def connected(*_: Any) -> None:
        client.subscribe("stock/task", 1)

    def arrived(_client: Any, _data: Any, message: mqtt.MQTTMessage) -> None:
        line.write(message.payload)

    client.on_socket_open = at_once
    client.on_connect = connected
    client.on_message = arrived
    client.connect("127.0.0.1", port)
    client.loop_start()
    while True:
        client.publish("stock/event", line.read_until(b"\n"), qos=1)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], nodelay="nodelay" in sys.argv[3:])
