"""The small parts of the demo: plan, strikes, derived settings, orders, tally, times, the work folder."""

from __future__ import annotations

import json
import sqlite3
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest

from controller.demo.ledgers import read_journal, read_shelf
from controller.demo.look import ShelfTail
from controller.demo.orders import choose, files_beside, order_of
from controller.demo.plan import BROKER, FAULTS, KILL, NOISY, UNPLUG, Plan, Strike, strikes, wanted_faults
from controller.demo.site import broker_url, demo_document, derive, embedded_mqtt, fresh_folder, given_mqtt
from controller.demo.striker import Striker
from controller.demo.tally import Links, Tally, ends_task
from controller.demo.timing import quantile
from controller.demo.toml_out import toml_of
from controller.errors import UsageError
from controller.settings import load


@pytest.fixture
def site(repo: Path) -> Path:
    return repo / "config/parts-warehouse/pickbeam.toml"


def plan(*faults: str, seed: int = 1, quick: bool = False) -> Plan:
    return Plan(
        site=Path("site.toml"),
        folder=Path("demo"),
        order_files=(),
        orders=1,
        pickers=4,
        speed=1.0,
        seed=seed,
        faults=frozenset(faults),
        broker=None,
        limit_s=60,
        quick=quick,
    )


# --- faults -----------------------------------------------------------------------------------------------------------


def test_faults_are_named_one_by_one_or_all() -> None:
    assert wanted_faults([]) == frozenset()
    assert wanted_faults(["kill, noisy", "unplug"]) == {KILL, NOISY, UNPLUG}
    assert wanted_faults(["all"]) == set(FAULTS)
    with pytest.raises(UsageError, match="rust: one of noisy, unplug, broker, kill, headset, voice, or all"):
        wanted_faults(["noisy,rust"])


@pytest.mark.parametrize("kind", [UNPLUG, BROKER, KILL])
def test_strikes_follow_from_the_seed(kind: str) -> None:
    one, again, other = (list(strikes(plan(kind, seed=seed), kind, ("A", "B"))) for seed in (1, 1, 2))
    assert one == again != other
    assert len(one) >= 4
    assert list(strikes(plan(), kind)) == []
    assert len(list(strikes(plan(kind, quick=True), kind))) < len(one)


def test_half_of_the_kills_are_at_a_point_of_a_commit() -> None:
    points = [bool(strike.point) for strike in strikes(plan(KILL), KILL)]
    assert points.count(True) == points.count(False)
    assert not any(strike.point for strike in strikes(plan(BROKER), BROKER))


def test_a_strike_is_due_once_and_the_next_when_its_victim_is_back() -> None:
    striker = Striker(iter([Strike(2.0, 0.5), Strike(1.0, 0.5)]))
    assert striker.due(99.0) is None
    striker.ready(100.0)
    assert striker.due(101.9) is None
    assert striker.due(102.0) == Strike(2.0, 0.5)
    assert striker.due(110.0) is None
    striker.ready(110.0)
    striker.postpone(5.0)
    assert striker.due(115.0) is None
    assert striker.due(116.0) == Strike(1.0, 0.5)
    assert striker.ready(120.0) is None
    assert striker.due(200.0) is None
    assert striker.done == 2


# --- settings and folder ----------------------------------------------------------------------------------------------


def test_the_sample_site_becomes_a_demo(site: Path, tmp_path: Path) -> None:
    folder = fresh_folder(tmp_path / "demo")
    settings = derive(site, folder, embedded_mqtt(12345), hand_over_s=1.5)
    source = load(site)
    assert settings.modules == source.modules
    assert settings.locations == source.locations
    assert [bus.port for bus in settings.buses] == [str(folder.sim / "bus-A"), str(folder.sim / "bus-B")]
    assert [bus.baud for bus in settings.buses] == [bus.baud for bus in source.buses]
    assert (settings.mqtt.port, settings.mqtt.version) == (12345, "3.1.1")
    assert settings.gpio.factory == "simulated"
    assert not any(picker.signed_on for picker in settings.pickers)
    assert settings.picking.hand_over_after_s == 1.5
    assert settings.picking.lines_lit == source.picking.lines_lit
    assert Path(settings.journal.path) == folder.journal


def test_a_picker_without_a_home_is_signed_on(tmp_path: Path) -> None:
    document = {"site": {"id": "x", "controller": "c"}, "picker": [{"id": "P"}, {"id": "Q", "home": "H"}]}
    derived = demo_document(document, tmp_path, fresh_folder(tmp_path / "demo"), embedded_mqtt(1))
    assert [row["signed_on"] for row in derived["picker"]] == [True, False]


def test_toml_is_read_back_as_it_was() -> None:
    document = {
        "site": {"id": 'q"uote\\', "n": 3, "x": 0.5, "on": True, "list": ["ä", "b"]},
        "bus": [{"id": "A"}, {"id": "B", "baud": 250_000}],
    }
    assert tomllib.loads(toml_of(document)) == document
    with pytest.raises(TypeError):
        toml_of({"site": {"id": None}})


def test_a_given_broker_keeps_its_name_and_password_out_of_the_settings(site: Path, tmp_path: Path) -> None:
    folder = fresh_folder(tmp_path / "demo")
    settings = derive(site, folder, given_mqtt("mqtt://me:p%40ss@shop.example:1884", folder), site_id="x-demo-1")
    assert (settings.mqtt.url, settings.mqtt.username) == ("mqtt://shop.example:1884", "me")
    assert "p@ss" not in folder.settings.read_text()
    assert (folder.root / "mqtt.password").stat().st_mode & 0o77 == 0
    assert broker_url(settings) == "mqtt://me:p%40ss@shop.example:1884"
    assert settings.identity.id == "x-demo-1"
    with pytest.raises(UsageError, match="--broker http://x"):
        given_mqtt("http://x", folder)


def test_the_work_folder_is_wiped_only_if_it_is_ours(tmp_path: Path) -> None:
    root = tmp_path / "demo"
    folder = fresh_folder(root)
    (root / "old").mkdir()
    (root / "old/file").touch()
    folder.journal.touch()
    with pytest.raises(UsageError, match="another demo runs there"):
        fresh_folder(root)
    assert folder.lock is not None
    folder.lock.close()
    again = fresh_folder(root)
    assert [path.name for path in root.iterdir()] == [".pickbeam-demo"]
    assert again.root == root
    other = tmp_path / "holiday"
    other.mkdir()
    (other / "photo.jpg").touch()
    with pytest.raises(UsageError, match="not the folder of an earlier demo"):
        fresh_folder(other)
    assert (other / "photo.jpg").exists()
    with pytest.raises(UsageError, match="characters at most"):
        fresh_folder(tmp_path / ("x" * 100))


# --- orders and events ------------------------------------------------------------------------------------------------


def test_whole_orders_are_chosen_by_seed_the_urgent_first(site: Path) -> None:
    files = files_beside(site)
    chosen, again, other = (choose(files, 10, seed) for seed in (1, 1, 2))
    one, two, three = ([task["task_id"] for task in tasks] for tasks in (chosen, again, other))
    assert one == two != three
    everything = choose(files, 1000, 1)
    names = {order_of(task) for task in chosen}
    assert len(names) == 10
    assert sum(order_of(task) in names for task in everything) == len(chosen)
    urgency: dict[str, int] = {}
    for task in chosen:
        urgency[order_of(task)] = max(urgency.get(order_of(task), 0), int(task.get("priority", 50)))
    assert all(a >= b for a, b in pairwise(urgency.values()))
    small = choose(files, 1000, 1, most_lines=2)
    assert small
    assert len(small) < len(everything)


def test_order_files_that_are_missing_or_wrong_are_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--file"):
        files_beside(tmp_path / "pickbeam.toml")
    (tmp_path / "orders.csv").write_text("order,part\nSO-1,X\n")
    with pytest.raises(UsageError, match=r"orders\.csv: row 2"):
        choose([tmp_path / "orders.csv"], 1, 1)


@pytest.mark.parametrize(
    ("event", "ends"),
    [
        ({"type": "task_completed"}, True),
        ({"type": "expired"}, True),
        ({"type": "task_returned"}, True),
        ({"type": "task_rejected", "class": "FIX"}, True),
        ({"type": "task_rejected", "class": "RETRY"}, False),
        ({"type": "cancelled", "scope": "task", "lines": []}, True),
        ({"type": "cancelled", "scope": "task", "lines": [{"returned_required": True}]}, False),
        ({"type": "cancelled", "scope": "lines", "lines": []}, False),
        ({"type": "task_suspended"}, False),
        ({"type": "something of a later version"}, False),
    ],
)
def test_what_ends_a_task(event: dict[str, object], ends: bool) -> None:
    assert ends_task(event) is ends


def test_the_tally_follows_the_work() -> None:
    tally, who = Tally(), {"picker": "P-01"}
    done = {"type": "line_completed", "task_id": "T", "line_id": "1", "result": "full", "who": who}
    tally.take({"type": "task_accepted", "task_id": "T"})
    tally.take({"type": "task_started", "task_id": "T", "picker": "P-01"})
    tally.take(done)
    tally.take({**done, "line_id": "2", "result": "short"})
    assert (tally.full, tally.short, tally.by_picker["P-01"], tally.at_work) == (1, 1, 2, {"P-01": "T"})
    tally.take({"type": "line_corrected", "task_id": "T", "line_id": "2", "who": who})
    assert (tally.full, tally.short, tally.by_picker["P-01"]) == (1, 0, 1)
    tally.take({"type": "exception", "code": "WRONG_PRESS"})
    tally.take({"type": "task_completed", "task_id": "T"})
    assert (tally.wrong_presses, tally.ended, tally.at_work) == (1, {"T"}, {})


# --- reading the books ------------------------------------------------------------------------------------------------


def test_the_journal_is_read_stream_by_stream(repo: Path, tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    database = sqlite3.connect(file)
    for script in sorted((repo / "controller/journal/schema").glob("*.sql")):
        database.executescript(script.read_text())
    database.executemany(
        "INSERT INTO stream VALUES (?, ?, ?, ?, 0)",
        [
            (
                1,
                "one",
                0,
                2,
            ),
            (2, "two", 2, 1),
        ],
    )
    bodies = [json.dumps({"type": name}).encode() for name in "abc"]
    database.executemany("INSERT INTO event VALUES (?, 0, ?)", list(enumerate(bodies, 1)))
    database.execute("INSERT INTO fact VALUES (1, 0, 'WrongPress', ?)", (b'{"cause": "button:A:0001:2"}',))
    database.execute("INSERT INTO cursor VALUES ('A', 1, 2)")
    database.commit()
    database.close()
    book = read_journal(file)
    assert [(event.stream, event.seq) for event in book.events] == [("one", 1), ("one", 2), ("two", 1)]
    assert (book.facts[0].kind, book.facts[0].cause) == ("WrongPress", "button:A:0001:2")
    assert (book.cursors, book.acked) == ({"A": (1, 2)}, 1)
    assert read_journal(tmp_path / "none.db").facts == []


def test_the_shelf_is_read_while_it_is_written(tmp_path: Path) -> None:
    file = tmp_path / "shelf.jsonl"
    tail = ShelfTail(file)
    tail.more()
    lamp = {"t": 1.5, "module": "A-1", "lit": True, "token": 7}
    press = {"t": 2.5, "module": "A-1", "picker": "P-01", "key": "confirm", "quantity": 2, "ev_seq": 3, "boot_id": 4}
    text = json.dumps(lamp) + "\n" + json.dumps(press) + "\n"
    file.write_text(text[:-10])
    tail.more()
    assert (tail.first_lit, tail.presses) == (1.5, [])
    file.write_text(text)
    tail.more()
    tail.more()
    assert [(x.module, x.boot, x.seq) for x in tail.presses] == [("A-1", 4, 3)]
    assert tail.by_picker["P-01"] == 1
    whole = read_shelf(file)
    assert (len(whole.lit), len(whole.presses), whole.presses[0].cause) == (1, 1, "button:A-1:0004:3")


def test_quantiles_are_values_that_occurred() -> None:
    values = [float(n) for n in range(100, 0, -1)]
    assert (quantile(values, 0.5), quantile(values, 0.99), quantile(values, 1.0)) == (50.0, 99.0, 100.0)
    assert quantile([7.0], 0.99) == 7.0
    assert quantile([], 0.5) is None


def test_link_counters_add_up_over_the_lives_of_a_controller() -> None:
    links = Links()
    assert links.total()["polls"] == 0
    links.take({"mode": "running"})
    for polls, bad in ((10, 1), (50, 3), (5, 0), (9, 2)):
        links.take({"sys": {"buses": {"A": {"polls": polls, "bad_frames": bad}, "B": {"polls": 1}}}})
    assert links.total() | {"polls": 60, "bad_frames": 5} == links.total()
