"""TLS and passwords: our certificate is shown, theirs is checked, and a no of the broker is no reason to hammer it.

In: a mosquitto that asks for a client certificate, one that asks for a password. Out: who gets in.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from wms_rig import SITE, Shop, free_port, task, until, wait_for_port

from controller.core.inputs import TaskArrived
from controller.wms.door import Door
from controller.wms.options import MqttOptions, Tls
from controller.wms.presence import Identity

pytestmark = [pytest.mark.slow, pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")]
ME = Identity(controller="ctl-07", instance="i1", boot=1, sw="0")


def certificates(folder: Path) -> None:
    """An authority, and one certificate for the broker and one for the controller."""

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=ca")
    (folder / "names.txt").write_text("subjectAltName=IP:127.0.0.1")
    for name in ("broker", "ctl-07"):
        openssl(
            "req",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            f"{name}.key",
            "-out",
            f"{name}.csr",
            "-subj",
            f"/CN={name}",
        )
        signing = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names.txt")
        openssl("x509", "-req", "-in", f"{name}.csr", "-out", f"{name}.pem", *signing)


@contextmanager
def broker(folder: Path, lines: str) -> Iterator[int]:
    port = free_port()
    conf = folder / "m.conf"
    conf.write_text(f"listener {port} 127.0.0.1\nuser root\npersistence false\nset_tcp_nodelay true\n{lines}\n")
    program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    process = subprocess.Popen([program, "-c", str(conf)], stderr=subprocess.DEVNULL)
    try:
        wait_for_port(port)
        yield port
    finally:
        process.kill()
        process.wait()


async def outcome(options: MqttOptions, shop: Shop) -> str:
    """`in` once a task has come through, or why not."""
    door = Door(options, SITE, ME, shop.house(), stream="s1")
    runner = asyncio.create_task(door.run())
    try:
        await until(lambda: door.connected or door.problem is not None)
        if door.problem is not None:
            return door.problem
        door._client.publish(door.topics.task, task_bytes())
        await until(lambda: any(isinstance(x, TaskArrived) for x in shop.emitted))
        return "in"
    finally:
        await door.close()
        await runner


def task_bytes() -> bytes:
    """Large enough that TLS delivers it in more than one record."""
    import json

    lines = [{"location": "A.03.07:2", "sku": "x" * 60, "qty": 1, "text": "y" * 200} for _ in range(180)]
    return json.dumps(task(lines=lines)).encode()


@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_with_certificates_on_both_sides_it_works_and_without_ours_or_theirs_it_does_not(
    tmp_path: Path, version: str
) -> None:
    certificates(tmp_path)
    own = Tls(ca=str(tmp_path / "ca.pem"), cert=str(tmp_path / "ctl-07.pem"), key=str(tmp_path / "ctl-07.key"))
    lines = (
        f"cafile {tmp_path}/ca.pem\ncertfile {tmp_path}/broker.pem\nkeyfile {tmp_path}/broker.key\n"
        "require_certificate true\nuse_identity_as_username true\nallow_anonymous false"
    )
    with broker(tmp_path, lines) as port:
        options = MqttOptions(port=port, version=version, tls=own)
        assert asyncio.run(outcome(options, Shop())) == "in"
        stranger = replace(options, tls=Tls(cert=own.cert, key=own.key))
        assert "certificate verify failed" in asyncio.run(outcome(stranger, Shop()))
        nobody = asyncio.run(outcome(replace(options, tls=Tls(ca=own.ca)), Shop()))
        assert nobody != "in"


@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_a_wrong_password_is_told_and_not_tried_at_once_again(tmp_path: Path, version: str) -> None:
    passwords = tmp_path / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", str(passwords), "ctl-07", "right"], check=True)
    passwords.chmod(0o644)
    with broker(tmp_path, f"allow_anonymous false\npassword_file {passwords}") as port:
        options = MqttOptions(port=port, version=version, username="ctl-07", password="right")
        assert asyncio.run(outcome(options, Shop())) == "in"
        shop = Shop()
        told = asyncio.run(outcome(replace(options, password="wrong"), shop))
        assert "refused" in told
        assert shop.sessions == 1
