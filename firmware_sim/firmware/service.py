"""The rarer operations: QUERY, the addresses, IDENTIFY, SELFTEST, RESET.

In: one checked frame for `module`. Out: its reply, prepared. Whatever is unknown, or has a wrong length
or receiver, is left alone.
"""

from binascii import crc32

from firmware_sim.firmware.wire import ALL, HEAD_BYTES, UNASSIGNED

QUERY, DUB, MUTE, ASSIGN, IDENTIFY, UNMUTE, SELFTEST, RESET = 0x02, 0x20, 0x21, 0x22, 0x23, 0x24, 0x26, 0x27

PROTOCOL = 1
MODEL = 1
HARDWARE = 1
FIRMWARE = (1, 0, 0)
CAPABILITIES = 0x1F  # display, plus/minus, function key, buzzer, RGB
NO_TEMPERATURE = 255
UID_BYTES = 8
ADDRESS_MAX = 250
MAGIC = b"\x07\xb0"  # 0xB007 as it is on the wire
COMMAND = 2  # reset cause

_OUT = 2 + HEAD_BYTES  # where the body of a reply begins in the send buffer


def carry_out(module, operation, buf, at, body) -> bool:
    """Do what the frame buf[at:] with `body` body bytes asks of `module`; False where that means nothing."""
    to, seq, start = buf[at], buf[at + 2], at + HEAD_BYTES
    if operation == RESET and to != UNASSIGNED and body == 2 and buf[start : start + 2] == MAGIC:
        module.start(COMMAND)
    elif to == ALL:
        return False
    elif to == UNASSIGNED or operation == ASSIGN:
        return _address(module, operation, buf, start, body, seq)
    elif operation == QUERY and body == 0:
        _info(module, seq)
    elif operation == IDENTIFY and body == 1:
        module.face.identify(module.ms, buf[start])
        _reply(module, operation, seq, 1)
    elif operation == SELFTEST and body == 1:
        module.tx[_OUT + 1] = 0
        _reply(module, operation, seq, 2)
    else:
        return False
    return True


def uid_hash(uid) -> int:
    return crc32(uid)


def _address(module, operation, buf, start, body, seq) -> bool:
    mine = buf[start : start + UID_BYTES] == module.uid
    if operation == UNMUTE and body == 0:
        module.muted = False
    elif operation == DUB and body == 2 * 4:
        low = int.from_bytes(buf[start : start + 4], "little")
        high = int.from_bytes(buf[start + 4 : start + 8], "little")
        if not module.muted and low <= uid_hash(module.uid) <= high:
            _reply_uid(module, operation, seq, 0)
    elif operation == MUTE and body == UID_BYTES:
        if mine:
            module.muted = True
            _reply_uid(module, operation, seq, 0)
    elif operation == ASSIGN and body == UID_BYTES + 1 and buf[start + UID_BYTES] <= ADDRESS_MAX:
        if mine:
            module.rx.address = module.face.address = buf[start + UID_BYTES]
            module.tx[_OUT + UID_BYTES] = module.rx.address
            _reply_uid(module, operation, seq, 1)
    else:
        return False
    return True


def _reply(module, operation, seq, body) -> None:
    module.tx[_OUT] = module.rx.address
    module.prepare(operation, seq, body)


def _reply_uid(module, operation, seq, more) -> None:
    module.tx[_OUT : _OUT + UID_BYTES] = module.uid
    module.prepare(operation, seq, UID_BYTES + more)


def _info(module, seq) -> None:
    out, at = module.tx, _OUT + 1
    at = _put(out, at, module.boot_id, 2)
    at = _put(out, at, module.face.hash(), 2)
    at = _put(out, at, PROTOCOL, 1)
    at = _put(out, at, MODEL, 2)
    at = _put(out, at, HARDWARE, 1)
    for part in FIRMWARE:
        at = _put(out, at, part, 1)
    at = _put(out, at, CAPABILITIES, 2)
    out[at : at + UID_BYTES] = module.uid
    at = _put(out, at + UID_BYTES, module.ms // 1000, 4)
    at = _put(out, at, module.cause, 1)
    at = _put(out, at, module.fifo.count, 1)
    at = _put(out, at, max(module.epoch, 0), 1)
    for counter in (module.rx.crc_errors, module.rx.overruns, module.late):
        at = _put(out, at, min(counter, 0xFFFF), 2)
    at = _put(out, at, NO_TEMPERATURE, 1)
    _reply(module, QUERY, seq, at - _OUT)


def _put(out: bytearray, at: int, value: int, size: int) -> int:
    out[at : at + size] = value.to_bytes(size, "little")
    return at + size
