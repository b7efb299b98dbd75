"""One connection at a time, both ways: who is at it, who leaves word, and when it is tried again."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from frontdesk import aws
from frontdesk.calendars import due, pulling, syncing, tokens
from frontdesk.calendars.due import Sync
from frontdesk.calendars.syncing import sync
from frontdesk.calendars.vendors import Throttled
from frontdesk.db import connection as database
from frontdesk.db.claims import clinic_transaction, directory_transaction
from frontdesk.errors import ProviderFailed
from frontdesk.settings import settings
from functions.calendars.dispatch.handler import handler as dispatch
from tests import owner
from tests.calendars.microsoft import DOCTOR
from tests.calendars.syncs import MAPLE, Synced, at
from tests.clinic import Context

BOTH = pytest.mark.parametrize("synced", ["google", "outlook"], indirect=True)
OUTLOOK = pytest.mark.parametrize("synced", ["outlook"], indirect=True)
STATE = (
    "SELECT syncing_until IS NOT NULL, wanted_at IS NOT NULL, sync_failure, sync_failures,"
    " extract(epoch FROM due_at - now())::float8 FROM calendar_connections WHERE id = %s"
)


def ends(seconds: float = 60) -> float:
    return time.monotonic() + seconds


def state(synced: Synced) -> tuple[bool, bool, str | None, int, float]:
    """Whether somebody is at it, or asks for it; why it failed, how often; in how many seconds it is due."""
    return synced.clinic.all(STATE, synced.connection_id)[0]


def time_passes(synced: Synced) -> None:
    """Until the next try."""
    synced.clinic.do("UPDATE calendar_connections SET due_at = now()")


def found_due() -> list[Sync]:
    with directory_transaction(ends()) as db:
        return due.connections(db)


@BOTH
def test_a_sync_does_both_ways_and_is_due_again_in_ten_minutes(synced: Synced) -> None:
    synced.book(at(0, 9))
    synced.puts(at(1, 9))
    assert [(one.org_id, one.connection_id) for one in found_due()] == [(MAPLE, synced.connection_id)]

    sync(MAPLE, synced.connection_id, ends())

    synced.assert_agrees()
    assert synced.busy() == [(at(1, 9), at(1, 10))]
    *rest, in_s = state(synced)
    assert rest == [False, False, None, 0]
    assert 530 < in_s < 670
    assert found_due() == []


@BOTH
def test_a_visit_of_ours_makes_it_due_at_once(synced: Synced) -> None:
    sync(MAPLE, synced.connection_id, ends())
    synced.book(at(0, 9))

    assert [one.connection_id for one in found_due()] == [synced.connection_id]


def meanwhile(monkeypatch: pytest.MonkeyPatch, work: Callable[[], None]) -> None:
    """Has that done once by another function, in the middle of the next round."""
    real = pulling.pull

    def pull(turn: Any) -> None:
        monkeypatch.setattr(pulling, "pull", real)
        other = threading.Thread(target=_apart, args=[work])
        other.start()
        other.join()
        real(turn)

    monkeypatch.setattr(pulling, "pull", pull)


def _apart(work: Callable[[], None]) -> None:
    """Each thread is a process of its own to Postgres."""
    try:
        work()
    finally:
        database.drop()


@BOTH
def test_who_comes_while_another_is_at_it_leaves_word_and_it_goes_round_again(
    synced: Synced, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[Any, ...]] = []
    rounds: list[int] = []
    real = syncing.pushing.push

    def push(turn: Any) -> None:
        rounds.append(1)
        real(turn)

    monkeypatch.setattr(syncing.pushing, "push", push)

    def another() -> None:
        sync(MAPLE, synced.connection_id, ends())
        seen.append(state(synced))
        synced.puts(at(0, 9))

    real_pull = pulling.pull

    def pull(turn: Any) -> None:
        real_pull(turn)
        if not seen:
            another_thread = threading.Thread(target=_apart, args=[another])
            another_thread.start()
            another_thread.join()

    monkeypatch.setattr(pulling, "pull", pull)
    sync(MAPLE, synced.connection_id, ends())

    assert seen[0][:2] == (True, True)
    assert len(rounds) == 2
    assert synced.busy() == [(at(0, 9), at(0, 10))]
    assert state(synced)[:2] == (False, False)


@BOTH
def test_a_function_that_died_is_waited_for_and_no_longer(synced: Synced) -> None:
    synced.clinic.do("UPDATE calendar_connections SET syncing_until = now() + interval '1 minute'")
    synced.puts(at(0, 9))
    sync(MAPLE, synced.connection_id, ends())
    assert synced.busy() == []
    assert found_due() == []

    synced.clinic.do("UPDATE calendar_connections SET syncing_until = now() - interval '1 second'")
    assert len(found_due()) == 1
    sync(MAPLE, synced.connection_id, ends())
    assert synced.busy() == [(at(0, 9), at(0, 10))]


@BOTH
def test_who_was_taken_for_dead_ends_nobody_elses_turn(
    synced: Synced, monkeypatch: pytest.MonkeyPatch
) -> None:
    another = "UPDATE calendar_connections SET syncing_until = now() + interval '77 seconds'"
    meanwhile(monkeypatch, lambda: synced.clinic.do(another))

    sync(MAPLE, synced.connection_id, ends())

    assert state(synced)[0]


@BOTH
def test_a_vendor_that_fails_is_asked_ever_later_and_nothing_is_lost(synced: Synced) -> None:
    synced.book(at(0, 9))
    synced.faults({"path": "/calendar/v3" if synced.vendor == "google" else "/v1.0", "status": 503})
    waits: list[float] = []
    for _ in range(4):
        sync(MAPLE, synced.connection_id, ends())
        *_, in_s = state(synced)
        waits.append(in_s)
        synced.asked()
        sync(MAPLE, synced.connection_id, ends())
        assert synced.asked() == [], "before its time, whoever asks"
        time_passes(synced)
    assert all(13 * 2**n < wait < 17 * 2**n for n, wait in enumerate(waits)), waits
    assert state(synced)[2:4] == ("ProviderFailed", 4)
    synced.clinic.do("UPDATE calendar_connections SET due_at = now() + interval '1 minute'")
    with clinic_transaction(MAPLE, ends()) as db:
        due.want(db, synced.connection_id)
    assert found_due() == []

    synced.faults()
    time_passes(synced)
    sync(MAPLE, synced.connection_id, ends())
    synced.assert_agrees()
    assert state(synced)[2:4] == (None, 0)


@BOTH
def test_what_can_not_be_written_keeps_nobody_from_reading(synced: Synced) -> None:
    synced.book(at(0, 9))
    synced.puts(at(1, 9))
    path = "/calendar/v3" if synced.vendor == "google" else "/v1.0"
    synced.faults({"path": path, "method": "POST", "status": 429, "reason": "quotaExceeded"})

    sync(MAPLE, synced.connection_id, ends())

    assert synced.busy() == [(at(1, 9), at(1, 10))]
    assert state(synced)[2] == Throttled.__name__


@BOTH
def test_of_several_messages_for_one_reason_the_first_is_enough(synced: Synced) -> None:
    [found] = found_due()
    sync(MAPLE, synced.connection_id, ends(), found_at=found.found_at)
    synced.asked()

    sync(MAPLE, synced.connection_id, ends(), found_at=found.found_at)
    assert synced.asked() == []

    sync(MAPLE, synced.connection_id, ends())
    assert synced.asked() != []


@BOTH
def test_a_vendor_is_left_alone_as_long_as_it_asks_whoever_asks_us(synced: Synced) -> None:
    throttled = {"status": 429, "headers": {"Retry-After": "240"}, "reason": "rateLimitExceeded"}
    synced.faults({"path": "/calendar/v3" if synced.vendor == "google" else "/v1.0"} | throttled)

    sync(MAPLE, synced.connection_id, ends())

    assert state(synced)[2] == Throttled.__name__
    assert 239 < state(synced)[4] < 265
    synced.faults()
    synced.asked()
    synced.book(at(0, 9))
    with clinic_transaction(MAPLE, ends()) as db:
        due.want(db, synced.connection_id)
    assert found_due() == []
    sync(MAPLE, synced.connection_id, ends())  # a hint's message, or a tool's
    assert synced.asked() == []

    time_passes(synced)
    sync(MAPLE, synced.connection_id, ends())
    synced.assert_agrees()


@BOTH
def test_a_word_that_was_taken_by_one_who_died_is_not_lost(
    synced: Synced, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync(MAPLE, synced.connection_id, ends())
    synced.puts(at(0, 9))
    with clinic_transaction(MAPLE, ends()) as db:
        assert due.want(db, synced.connection_id)

    def dies(_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(pulling, "pull", dies)
        with pytest.raises(KeyboardInterrupt):
            sync(MAPLE, synced.connection_id, ends())
    assert found_due() == []

    synced.clinic.do("UPDATE calendar_connections SET syncing_until = now() - interval '1 second'")
    assert len(found_due()) == 1
    sync(MAPLE, synced.connection_id, ends())
    assert synced.busy() == [(at(0, 9), at(0, 10))]


@BOTH
def test_a_fault_of_our_own_is_told_and_is_not_met_again_at_once(
    synced: Synced, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: object) -> None:
        raise LookupError

    with monkeypatch.context() as broken:
        broken.setattr(pulling, "pull", fails)
        with pytest.raises(LookupError):
            sync(MAPLE, synced.connection_id, ends())

    is_taken, _, failure, failures, in_s = state(synced)
    assert (is_taken, failure, failures) == (False, "LookupError", 1)
    assert 13 < in_s < 17


@BOTH
@pytest.mark.parametrize("wrong", ["3 hours", "-3 hours"])
def test_clocks_that_disagree_on_when_a_token_ends_cost_a_refresh_and_no_more(
    synced: Synced, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    """Ours says when it ends, the database's when that is."""
    real = tokens.sealed

    def skewed(given: Any, *of: Any) -> Any:
        ahead = timedelta(hours=int(wrong.split()[0]))
        return real(given._replace(expires_at=given.expires_at + ahead), *of)

    monkeypatch.setattr(tokens, "sealed", skewed)
    synced.clinic.do("UPDATE calendar_connections SET access_expires_at = now()")
    synced.puts(at(0, 9))
    synced.asked()
    synced.pull()
    if synced.vendor == "google":
        synced.account.expire("access")
    else:
        synced.outlook.does("expire_tokens")
    synced.puts(at(1, 9))
    synced.pull()

    assert len(synced.busy()) == 2
    assert len([one for one in synced.asked() if one["path"].endswith("/token")]) == 2


@BOTH
def test_a_vendor_whose_clock_is_ahead_gives_tokens_that_are_over_soon(synced: Synced) -> None:
    if synced.vendor == "outlook":
        synced.outlook.freeze_clock(f"{datetime.now(UTC) + timedelta(minutes=50):%Y-%m-%dT%H:%M:%SZ}")
    else:
        synced.account.options(ahead_s=3000, access_s=60)
    synced.clinic.do("UPDATE calendar_connections SET access_expires_at = now()")
    synced.puts(at(0, 9))
    synced.asked()

    synced.pull()

    assert synced.busy() == [(at(0, 9), at(0, 10))]
    assert len([one for one in synced.asked() if one["path"].endswith("/token")]) == 1


@BOTH
def test_one_that_has_to_be_connected_again_is_asked_no_more(synced: Synced) -> None:
    if synced.vendor == "google":
        synced.account.expire("refresh")
        synced.account.expire("access")
    else:
        synced.outlook.does("revoke")
        synced.outlook.does("expire_tokens")
    synced.clinic.do("UPDATE calendar_connections SET access_expires_at = now()")
    sync(MAPLE, synced.connection_id, ends())
    synced.asked()
    synced.clinic.do("UPDATE calendar_connections SET due_at = now(), syncing_until = NULL")

    assert found_due() == []
    sync(MAPLE, synced.connection_id, ends())

    assert synced.asked() == []
    assert synced.clinic.all("SELECT failure FROM calendar_connections") == [("consent_gone",)]
    assert synced.clinic.all("SELECT kind FROM notifications") == [("calendar_disconnected",)]


@BOTH
def test_one_that_was_disconnected_meanwhile_is_done_with(
    synced: Synced, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanwhile(monkeypatch, lambda: synced.clinic.do("DELETE FROM calendar_connections"))
    sync(MAPLE, synced.connection_id, ends())
    sync(MAPLE, synced.connection_id, ends())

    assert found_due() == []


@pytest.mark.parametrize("synced", ["google"], indirect=True)
def test_each_dispatch_sends_those_whose_time_has_come_a_little_apart(
    synced: Synced, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mailbox's, and forty of another clinic's."""
    other = "00000000-0000-4000-8000-000000000099"
    with owner.transaction(synced.clinic.owner_url, other) as rows:
        rows.execute(b"INSERT INTO organizations (id, name, time_zone) VALUES (%s, 'Oak', 'UTC')", [other])
        rows.execute(
            b"INSERT INTO calendar_connections (org_id, vendor, account, connected_by, failure,"
            b" refresh_token, due_at) SELECT %s, 'google', 'a' || n || '@oak.example', 'm', NULL, '{sealed}',"
            b" now() + CASE WHEN n <= 40 THEN interval '0' ELSE interval '1 minute' END"
            b" FROM generate_series(1, 50) n",
            [other],
        )
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName="sync")["QueueUrl"]
    monkeypatch.setenv("FRONTDESK_QUEUE_URL", url)
    settings.cache_clear()

    assert dispatch({}, Context()) == {"connections": 41}

    found: list[Any] = []
    ends_at = time.monotonic() + 8
    while len(found) < 41 and time.monotonic() < ends_at:
        got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        found += [Sync.model_validate_json(one["Body"]) for one in got]
        if not got:
            time.sleep(0.2)
    assert len({(one.org_id, one.connection_id) for one in found}) == 41
    assert (MAPLE, synced.connection_id) in {(one.org_id, one.connection_id) for one in found}


@OUTLOOK
def test_four_of_a_mailbox_are_synced_at_once_whatever_clinics_they_are_of(synced: Synced) -> None:
    synced.clinic.do("UPDATE calendar_connections SET due_at = now()")
    others = [f"00000000-0000-4000-8000-0000000000{n}0" for n in range(1, 5)]
    for org_id in others:
        with owner.transaction(synced.clinic.owner_url, org_id) as rows:
            rows.execute(
                b"INSERT INTO organizations (id, name, time_zone) VALUES (%s, 'Oak', 'UTC')", [org_id]
            )
            rows.execute(
                b"INSERT INTO calendar_connections (org_id, vendor, account, connected_by, syncing_until)"
                b" VALUES (%s, 'outlook', %s, 'somebody', now() + interval '1 minute')",
                [org_id, DOCTOR],
            )
    synced.puts(at(0, 9))

    sync(MAPLE, synced.connection_id, ends())
    assert synced.busy() == []
    assert state(synced)[:2] == (False, True)

    with owner.transaction(synced.clinic.owner_url, others[0]) as rows:
        rows.execute(b"UPDATE calendar_connections SET syncing_until = NULL")
    sync(MAPLE, synced.connection_id, ends())
    assert synced.busy() == [(at(0, 9), at(0, 10))]


@BOTH
def test_a_database_that_is_away_is_the_queues_affair(
    synced: Synced, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise database.DatabaseFailed("away")

    monkeypatch.setattr(pulling, "pull", gone)
    sync(MAPLE, synced.connection_id, ends())

    assert state(synced)[2:4] == ("DatabaseFailed", 1)
    assert issubclass(database.DatabaseFailed, ProviderFailed)


def test_the_lease_outlasts_the_function() -> None:
    from functions.calendars.sync.trigger import TRIGGER

    assert timedelta(seconds=TRIGGER.timeout_s) < syncing.LEASE
    assert TRIGGER.connects
