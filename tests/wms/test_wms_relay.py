"""The relay on a virtual clock: windows, stalls, resync, forks, and a lossy network.

In: seeds. Out: everything arrives, in order of first arrival, and nothing is sent without bound.
"""

from __future__ import annotations

import itertools
import random

from hypothesis import given
from hypothesis import strategies as st

from controller.wms.relay import AHEAD, REFUSED_S, STALL_MAX_S, STALL_S, WINDOW, AckResult, Relay


def online(head: int, acked: int = 0) -> Relay:
    relay = Relay("s1", acked=acked, head=head)
    relay.connected(0.0)
    return relay


def send_all(relay: Relay, now: float = 0.0) -> list[int]:
    """Everything it hands out while the broker takes all."""
    sent: list[int] = []
    while seqs := relay.take(now):
        sent += seqs
        for seq in seqs:
            relay.puback(seq, now)
    return sent


def test_offline_nothing_is_sent() -> None:
    relay = Relay("s1", head=5)
    assert relay.take(0.0) == []
    relay.connected(1.0)
    assert relay.take(1.0) == [1, 2, 3, 4, 5]


def test_the_window_counts_publishes_without_puback() -> None:
    relay = online(100)
    assert relay.take(0.0) == list(range(1, WINDOW + 1))
    assert relay.take(0.0) == []
    relay.puback(1, 0.1)
    relay.puback(2, 0.1)
    assert relay.take(0.1) == [WINDOW + 1, WINDOW + 2]


def test_it_starts_after_the_last_app_ack_and_is_bounded_ahead_of_it() -> None:
    relay = online(10_000, acked=50)
    sent = send_all(relay)
    assert sent == list(range(51, 51 + AHEAD))
    assert relay.app_ack("s1", 60, 1.0) is AckResult.PROGRESS
    assert send_all(relay, 1.0) == list(range(51 + AHEAD, 61 + AHEAD))


def test_a_reconnect_begins_again_at_the_first_unacknowledged() -> None:
    relay = online(30)
    send_all(relay)
    relay.app_ack("s1", 7, 0.5)
    relay.disconnected()
    assert relay.take(0.6) == []
    relay.connected(1.0)
    assert send_all(relay, 1.0) == list(range(8, 31))


def test_without_app_ack_only_the_window_is_sent_again_ever_more_rarely() -> None:
    relay = online(100)
    assert len(send_all(relay)) == 100
    moments = []
    now = 0.0
    while now < 400:
        now += 0.5
        sent = send_all(relay, now)
        if sent:
            assert sent == list(range(1, WINDOW + 1))
            moments.append(now)
    waits = [b - a for a, b in itertools.pairwise(moments)]
    assert moments[0] == STALL_S
    assert waits == sorted(waits)
    assert waits[-1] == STALL_MAX_S
    assert relay.app_ack("s1", 100, now) is AckResult.PROGRESS
    assert send_all(relay, now + 1000) == []


def test_nothing_is_sent_again_while_the_broker_still_owes_a_puback() -> None:
    relay = online(3)
    assert relay.take(0.0) == [1, 2, 3]
    assert relay.take(1000.0) == []


def test_a_refused_publish_is_tried_again_after_a_moment_and_later_ones_after_it() -> None:
    relay = online(3)
    assert relay.take(0.0) == [1, 2, 3]
    relay.puback(1, 0.0)
    relay.puback(2, 0.0, accepted=False)
    relay.puback(3, 0.0)
    assert relay.take(0.0) == []
    assert relay.take(REFUSED_S) == [2, 3]


def test_acks_that_go_backwards_or_belong_elsewhere_are_ignored_and_too_high_ones_are_a_fork() -> None:
    relay = online(10, acked=5)
    assert relay.app_ack("s1", 3, 0.0) is AckResult.STALE
    assert relay.app_ack("s0", 8, 0.0) is AckResult.STALE
    assert relay.app_ack("s1", 11, 0.0) is AckResult.FORK
    assert relay.acked == 5
    relay.forked("s2")
    relay.head = 1
    assert send_all(relay) == [1]


def test_resync_sends_old_events_again_and_says_so() -> None:
    relay = online(10)
    send_all(relay)
    relay.app_ack("s1", 10, 0.0)
    relay.resync(4, 1.0)
    relay.head = 11
    assert [(seq, relay.is_replay(seq)) for seq in send_all(relay, 1.0)] == [
        *[(n, True) for n in range(4, 11)],
        (11, False),
    ]
    assert relay.acked == 10


def test_a_long_replay_keeps_pace_with_the_acks_of_the_wms() -> None:
    relay = online(2000, acked=2000)
    relay.resync(1, 0.0)
    assert len(send_all(relay)) == AHEAD
    assert relay.app_ack("s1", 100, 0.1) is AckResult.STALE
    assert len(send_all(relay, 0.1)) == 100
    assert relay.acked == 2000


def test_one_answer_again_at_most_once_a_second() -> None:
    relay = online(5)
    send_all(relay)
    assert relay.resend(3, 10.0)
    assert not relay.resend(3, 10.5)
    assert relay.take(10.5)[0] == 3
    assert relay.resend(3, 11.1)
    assert not relay.resend(0, 12.0)
    assert not relay.resend(6, 12.0)


def test_repeats_fit_into_the_window_too() -> None:
    relay = online(200)
    send_all(relay)
    for seq in range(1, 101):
        relay.resend(seq, 1.0)
    assert relay.take(1.0) == list(range(1, WINDOW + 1))
    assert relay.take(1.0) == []


@given(st.integers(0, 2**32), st.integers(0, 40), st.integers(1, 120))
def test_whatever_gets_lost_everything_arrives(seed: int, loss: int, events: int) -> None:
    """A broker that drops, an app ack that gets lost, connections that break: the ledger is complete at the end."""
    dice = random.Random(seed)
    relay = Relay("s1")
    relay.connected(0.0)
    ledger: set[int] = set()
    now, sent = 0.0, 0
    while relay.acked < events:
        now += 0.2
        assert now < 20_000, "never drained"
        relay.head = min(events, relay.head + dice.randrange(4))
        if now < 600 and dice.random() < loss / 1000:
            relay.disconnected()
            relay.connected(now)
        for seq in relay.take(now):
            sent += 1
            assert 0 < seq <= relay.head
            if dice.randrange(100) >= loss:
                ledger.add(seq)
            relay.puback(seq, now, accepted=dice.randrange(100) >= loss // 8)
        upto = next(n for n in range(events + 1) if n + 1 not in ledger)
        if dice.randrange(100) >= loss:
            assert relay.app_ack("s1", upto, now) is not AckResult.FORK
    assert ledger == set(range(1, events + 1))
    assert relay.next_call(now) > 0
    if loss == 0:
        assert sent == events
