"""Golden vectors of the module bus, written straight from docs/BUS_PROTOCOL.md.

In: nothing. Out: frames.json beside this file, the bytes that every implementation is checked against.

It imports no codec of ours on purpose: a mistake here and the same one there would have to be made twice.
Run: python tests/vectors/make_vectors.py
"""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path

HERE = Path(__file__).parent
ALL, HOST, FREE = 0xFF, 0xFE, 0xFD
DARK = {"colour": 0, "pattern": 0, "flags": 0, "token": 0, "text": "    ", "qty": 0, "over": 0}
GREEN_3 = {"colour": 2, "pattern": 0, "flags": 0b0011, "token": 17, "text": "A  3", "qty": 3, "over": 0}
BLINK_RED = {"colour": 1, "pattern": 1, "flags": 0b1111, "token": 255, "text": "12AB", "qty": 300, "over": 255}
UID, UID_ZEROS = "e660c06213865126", "0000000000000000"


def main() -> None:
    """Write frames.json."""
    vectors = {
        "about": "wire = hex of delimiter, COBS, delimiter; see docs/BUS_PROTOCOL.md. Made by make_vectors.py.",
        "frames": host_frames() + module_frames(),
        "hashes": [{"name": n, "picture": p, "bytes": picture(p).hex(), "hash": state_hash(p)} for n, p in pictures()],
        "invalid": invalid(),
        "streams": streams(),
    }
    (HERE / "frames.json").write_text(json.dumps(vectors, indent=1) + "\n", encoding="ascii")


def pictures() -> list[tuple[str, dict]]:
    return [("dark", DARK), ("green_3", GREEN_3), ("blink_red", BLINK_RED)]


# ---- the wire -------------------------------------------------------------------------------------------------------


def stuff(data: bytes) -> bytes:
    """COBS of at most 254 bytes: each zero is replaced by the distance to the next one."""
    out = bytearray()
    for run in data.split(b"\0"):
        out += bytes([len(run) + 1]) + run
    return bytes(out)


def checked(data: bytes) -> bytes:
    return data + struct.pack("<I", zlib.crc32(data))


def wire(addr: int, ctl: int, seq: int, body: bytes) -> bytes:
    assert len(body) <= 240
    return b"\0" + stuff(checked(bytes([addr, ctl, seq]) + body)) + b"\0"


def picture(p: dict) -> bytes:
    light = p["colour"] | p["pattern"] << 4
    return struct.pack("<BBB4sHB", light, p["flags"], p["token"], p["text"].encode("ascii"), p["qty"], p["over"])


def state_hash(p: dict) -> int:
    return zlib.crc32(picture(p)) & 0xFFFF


def record(r: dict) -> bytes:
    return struct.pack("<BBHBB", r["ev_seq"], r["kind"] << 4 | r["detail"], r["value"], r["token"], r["age"])


def frame(  # noqa: PLR0917 - the columns of a table
    name: str, op: int, addr: int, seq: int, fields: dict, body: bytes, *, repeat: bool = False
) -> dict:
    """One vector. `op` is CTL without the repetition bit."""
    data = wire(addr, op | (0x40 if repeat else 0), seq, body)
    direction = "module" if op & 0x80 else "host"
    common = {"name": name, "direction": direction, "op": op, "addr": addr, "seq": seq, "repeat": repeat}
    return common | {"fields": fields, "body": body.hex(), "wire": data.hex()}


# ---- what the host sends --------------------------------------------------------------------------------------------


def host_frames() -> list[dict]:
    return [*polls(), *sets(), *batches(), *enumeration_requests(), *service_requests()]


def gpoll(name: str, seq: int, *values: int) -> dict:
    keys = ("lo", "hi", "ack_addr", "ack_seq", "ack_boot", "flags", "epoch")
    return frame(name, 0x01, ALL, seq, dict(zip(keys, values, strict=True)), bytes(values))


def polls() -> list[dict]:
    return [
        gpoll("gpoll_all", 1, 1, 250, 0, 0, 0, 0, 0),
        gpoll("gpoll_ack", 2, 1, 250, 17, 255, 0xCD, 1, 7),
        gpoll("gpoll_one_epoch_zero", 0, 64, 64, 0, 0, 0, 1, 0),
        gpoll("gpoll_all_bytes_set", 255, 1, 250, 250, 255, 255, 1, 255),
        frame("query", 0x02, 17, 3, {}, b""),
        frame("query_repeat", 0x02, 250, 0, {}, b"", repeat=True),
    ]


def set_frame(name: str, addr: int, seq: int, p: dict, *, repeat: bool = False) -> dict:
    return frame(name, 0x10, addr, seq, {"picture": p}, picture(p), repeat=repeat)


def sets() -> list[dict]:
    return [
        set_frame("set_dark", 1, 4, DARK),
        set_frame("set_green_3", 17, 5, GREEN_3),
        set_frame("set_green_3_repeat", 17, 5, GREEN_3, repeat=True),
        set_frame("set_blink_red", 250, 255, BLINK_RED),
    ]


def setb(name: str, seq: int, epoch: int, flags: int, records: list[tuple[int, dict]]) -> dict:
    body = bytes([epoch, flags]) + b"".join(bytes([a]) + picture(p) for a, p in records)
    fields = {"epoch": epoch, "flags": flags, "records": [{"addr": a, "picture": p} for a, p in records]}
    return frame(name, 0x11, ALL, seq, fields, body)


def batches() -> list[dict]:
    full = [(addr, GREEN_3 | {"text": f"{addr:4d}", "qty": addr, "token": addr}) for addr in range(230, 251)]
    return [
        setb("setb_one", 6, 8, 0, [(17, GREEN_3)]),
        setb("setb_hold", 7, 0, 1, [(1, DARK), (250, BLINK_RED)]),
        setb("setb_21_records", 8, 255, 0, full),
        setb("setb_21_dark", 9, 9, 0, [(addr, DARK) for addr in range(1, 22)]),
        frame("commit", 0x12, ALL, 10, {"epoch": 10}, bytes([10])),
        frame("commit_epoch_zero", 0x12, ALL, 0, {"epoch": 0}, bytes([0])),
    ]


def enumeration_requests() -> list[dict]:
    uid = bytes.fromhex(UID)
    every, half = (0, 0xFFFFFFFF), (0x80000000, 0xBFFFFFFF)
    return [
        frame("dub_all", 0x20, FREE, 11, {"lo": every[0], "hi": every[1]}, struct.pack("<II", *every)),
        frame("dub_part", 0x20, FREE, 12, {"lo": half[0], "hi": half[1]}, struct.pack("<II", *half)),
        frame("mute", 0x21, FREE, 13, {"uid": UID}, uid),
        frame("unmute", 0x24, FREE, 14, {}, b""),
        frame("assign_free", 0x22, FREE, 15, {"uid": UID, "new_addr": 42}, uid + bytes([42])),
        frame("assign_take_away", 0x22, 42, 16, {"uid": UID, "new_addr": 0}, uid + bytes([0])),
    ]


def service_requests() -> list[dict]:
    magic = {"magic": 0xB007}
    return [
        frame("identify", 0x23, 17, 17, {"seconds": 10}, bytes([10])),
        frame("identify_end", 0x23, 17, 18, {"seconds": 0}, bytes([0])),
        frame("selftest", 0x26, 17, 19, {"mask": 7}, bytes([7])),
        frame("reset_one", 0x27, 17, 20, magic, struct.pack("<H", 0xB007)),
        frame("reset_all", 0x27, ALL, 21, magic, struct.pack("<H", 0xB007)),
    ]


# ---- what a module sends --------------------------------------------------------------------------------------------


def module_frames() -> list[dict]:
    return [*events(), *infos(), *short_replies()]


def event(name: str, seq: int, src: int, boot_id: int, *rows: tuple[int, int, int, int, int, int]) -> dict:
    keys = ("ev_seq", "kind", "detail", "value", "token", "age")
    records = [dict(zip(keys, row, strict=True)) for row in rows]
    body = struct.pack("<BH", src, boot_id) + b"".join(map(record, records))
    return frame(name, 0x81, HOST, seq, {"src": src, "boot_id": boot_id, "records": records}, body)


def events() -> list[dict]:
    return [
        event("event_hello", 1, 1, 0xABCD, (1, 0x8, 0, state_hash(DARK), 0, 3)),
        event("event_confirm", 2, 17, 0xABCD, (2, 0x1, 0, 3, 17, 0)),
        event("event_confirm_zeros", 0, 17, 0, (255, 0x1, 0, 0, 0, 0)),
        event("event_four", 3, 250, 0xFFFF, (254, 0x2, 1, 2, 9, 1), (255, 0x3, 0, 0, 9, 1), (1, 0x4, 0, 0, 0, 2),
              (2, 0x5, 0, 0, 0, 255)),
        event("event_service", 4, 5, 0x0100, (9, 0x9, 0, 41, 0, 0), (10, 0xA, 3, 0, 0, 0), (11, 0xB, 3, 0, 0, 0),
              (12, 0xC, 0, 2, 0, 0)),
        event("event_short_damaged", 5, 64, 0x0001, (7, 0x2, 2, 0, 128, 12)),
    ]  # fmt: skip


def info(name: str, seq: int, f: dict) -> dict:
    body = struct.pack("<BHHBHBBBBH", f["src"], f["boot_id"], f["hash"], f["proto"], f["model"], f["hw"], *f["fw"],
                       f["caps"]) + bytes.fromhex(f["uid"])  # fmt: skip
    body += struct.pack("<IBBBHHHB", f["uptime_s"], f["reset_cause"], f["queued"], f["epoch"], f["crc_errors"],
                        f["overruns"], f["late"], f["temperature"])  # fmt: skip
    assert len(body) == 36, len(body)
    return frame(name, 0x82, HOST, seq, f, body)


def infos() -> list[dict]:
    new = {
        "src": 17,
        "boot_id": 0xABCD,
        "hash": state_hash(GREEN_3),
        "proto": 1,
        "model": 1,
        "hw": 2,
        "fw": [1, 2, 3],
        "caps": 0x1F,
        "uid": UID,
        "uptime_s": 86400,
        "reset_cause": 1,
        "queued": 2,
        "epoch": 10,
        "crc_errors": 5,
        "overruns": 0,
        "late": 7,
        "temperature": 65,
    }
    zeros = dict.fromkeys(("boot_id", "hash", "hw", "caps", "uptime_s", "reset_cause", "queued", "epoch"), 0)
    bare = new | zeros | {"fw": [0, 0, 0], "uid": UID_ZEROS, "crc_errors": 0, "late": 0, "temperature": 255}
    return [info("info", 3, new), info("info_zeros", 0, bare)]


def short_replies() -> list[dict]:
    uid, green, dark = bytes.fromhex(UID), state_hash(GREEN_3), state_hash(DARK)
    ack = {"src": 17, "status": 0, "hash": green}
    refused = {"src": 1, "status": 1, "hash": dark}
    return [
        frame("ack", 0x90, HOST, 5, ack, struct.pack("<BBH", 17, 0, green)),
        frame("ack_refused", 0x90, HOST, 4, refused, struct.pack("<BBH", 1, 1, dark)),
        frame("dub_reply", 0xA0, HOST, 11, {"uid": UID}, uid),
        frame("mute_reply", 0xA1, HOST, 13, {"uid": UID}, uid),
        frame("assign_reply", 0xA2, HOST, 15, {"uid": UID, "new_addr": 42}, uid + bytes([42])),
        frame("identify_reply", 0xA3, HOST, 17, {"src": 17}, bytes([17])),
        frame("selftest_reply", 0xA6, HOST, 19, {"src": 17, "result": 2}, bytes([17, 2])),
    ]


# ---- what must be dropped, and what must still be found -------------------------------------------------------------


def invalid() -> list[dict]:
    """Wire bytes that hold no valid frame at all."""
    good = checked(bytes([17, 0x02, 3]))
    flipped = bytes([good[0] ^ 1]) + good[1:]
    rows = [
        ("crc_wrong", b"\0" + stuff(flipped) + b"\0"),
        ("crc_missing", b"\0" + stuff(bytes([17, 0x02, 3])) + b"\0"),
        ("crc_zero_appended", b"\0" + stuff(good + b"\0") + b"\0"),
        ("cobs_code_past_end", b"\0\x0c" + good[:6] + b"\0"),
        ("cobs_zero_length", b"\0\0"),
        ("one_byte", b"\0\x01\0"),
        ("length_gpoll_6", wire(ALL, 0x01, 1, bytes(6))),
        ("length_gpoll_8", wire(ALL, 0x01, 1, bytes(8))),
        ("length_query_1", wire(17, 0x02, 1, b"\x07")),
        ("length_set_9", wire(17, 0x10, 1, picture(GREEN_3)[:9])),
        ("length_setb_half_record", wire(ALL, 0x11, 1, b"\1\0\x11" + picture(GREEN_3)[:9])),
        ("length_setb_no_record", wire(ALL, 0x11, 1, b"\1\0")),
        ("length_event_no_record", wire(HOST, 0x81, 1, b"\x11\xcd\xab")),
        ("length_event_five_records", wire(HOST, 0x81, 1, b"\x11\xcd\xab" + bytes([1, 16, 0, 0, 0, 0]) * 5)),
        ("length_info_35", wire(HOST, 0x82, 1, bytes(35))),
        ("operation_unknown", wire(17, 0x3F, 1, b"")),
        ("reply_unknown", wire(HOST, 0xBF, 1, b"")),
        ("request_to_host", wire(HOST, 0x01, 1, bytes([1, 250, 0, 0, 0, 0, 0]))),
        ("reply_to_module", wire(17, 0x90, 1, bytes([17, 0, 0, 0]))),
        ("broadcast_to_one", wire(17, 0x11, 1, b"\1\0\x11" + picture(GREEN_3))),
        ("oversized_300", b"\0" + b"\x55" * 300 + b"\0"),
        ("oversized_valid_crc", b"\0" + long_frame() + b"\0"),
    ]
    return [{"name": name, "wire": data.hex()} for name, data in rows]


def long_frame() -> bytes:
    """A frame whose CRC and COBS are right, but with a body of 260 bytes."""
    return stuff(checked(bytes([ALL, 0x11, 1]) + bytes([1, 0] + [0x11, 2, 0] * 86)))


def streams() -> list[dict]:
    """Byte streams with the names of the frames that a receiver must find in them, in order."""
    by_name = {f["name"]: bytes.fromhex(f["wire"]) for f in host_frames() + module_frames()}
    query, ack, hello = by_name["query"], by_name["ack"], by_name["event_hello"]
    rows: list[tuple[str, bytes, list[str]]] = [
        ("two_back_to_back", query + ack, ["query", "ack"]),
        ("one_delimiter_shared", query + ack[1:], ["query", "ack"]),
        ("many_delimiters", b"\0\0\0" + query + b"\0\0" + ack + b"\0", ["query", "ack"]),
        ("garbage_between", query + b"\xff\x13\x37" + ack, ["query", "ack"]),
        ("garbage_first", b"\x80\x41" + hello, ["event_hello"]),
        ("cut_then_whole", hello[:9] + hello, ["event_hello"]),
        ("closing_delimiter_lost", query[:-1] + ack[1:] + hello, ["event_hello"]),
        ("oversized_then_whole", b"\0" + b"\x55" * 300 + hello, ["event_hello"]),
        ("bad_crc_then_whole", bytes.fromhex(invalid()[0]["wire"]) + ack, ["ack"]),
        ("longest_then_short", by_name["setb_21_records"] + query, ["setb_21_records", "query"]),
        ("not_closed_yet", query + ack[:-1], ["query"]),
    ]
    return [{"name": name, "wire": data.hex(), "finds": finds} for name, data, finds in rows]


if __name__ == "__main__":
    main()
