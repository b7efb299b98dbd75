"""The clinic's mail of the day: at its own hour, once, and nothing in it that a mailbox mustn't have."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from frontdesk.settings import settings
from functions.notifications.send_digests.handler import handler
from tests.clinic import Clinic, Context
from tests.member import Member, token
from tests.notifications.conftest import SENDER, Faulty, Sent
from tests.tools.visits import at, create

MEMBER = Member(token())
ADDRESS = "front@maple.example"


def send() -> dict[str, int]:
    told = handler({}, Context(50))
    return {name: count for name, count in told.items() if count}


@pytest.fixture
def wanted(clinic: Clinic) -> None:
    """The clinic lies where it is past noon just now, and wants its mail at noon."""
    ahead = datetime.now(UTC).hour - 12
    clinic.do("UPDATE organizations SET time_zone = %s", f"Etc/GMT{ahead:+}" if ahead else "Etc/GMT")
    body = {"digestEmail": ADDRESS, "digestHour": 12}
    assert MEMBER.patch("/organization", body).status == 200


def state(clinic: Clinic) -> list[Any]:
    return clinic.all("SELECT status, failure FROM digests")


def test_nobody_is_mailed_who_did_not_ask(clinic: Clinic, sent: Sent) -> None:
    clinic.prove_john()
    create(clinic, at("09:30"))

    assert (send(), sent.mails) == ({}, [])


def test_the_days_unread_are_counted_once_a_day(clinic: Clinic, wanted: None, sent: Sent) -> None:
    clinic.prove_john()
    create(clinic, at("09:30"))
    create(clinic, at("11:00"))
    clinic.ask("add_to_waitlist", firstName="Wai", lastName="Ting", phone="+16045550188")
    clinic.do("INSERT INTO notifications (org_id, kind, read_at) VALUES (%s, 'moved', now())", clinic.org_id)
    old = "INSERT INTO notifications (org_id, kind, at) VALUES (%s, 'call_lost', now() - interval '2 days')"
    clinic.do(old, clinic.org_id)

    assert send() == {"sent": 1}
    assert send() == {}

    [mail] = sent.mails
    assert (mail.source, mail.destinations["ToAddresses"]) == (SENDER, [ADDRESS])
    assert mail.subject == "Maple Clinic: 3 unread notices"
    counted = re.findall(r"^ +(\d+)  (.+)$", mail.body, re.MULTILINE)
    assert counted == [("2", "A caller has booked a visit"), ("1", "A caller was put on the waitlist")]
    assert "https://api.example/notifications?unread=true" in mail.body
    assert not [name for name in ("John", "Doe", "Wai", "9:30", "Chen", "604555") if name in mail.body]


def test_nothing_falls_between_two_mails(clinic: Clinic, wanted: None, sent: Sent) -> None:
    old = "INSERT INTO notifications (org_id, kind, at) VALUES (%s, %s, now() - %s::interval)"
    clinic.do(old, clinic.org_id, "moved", "1 hour")
    assert send() == {"sent": 1}
    # That was the day before yesterday's, and yesterday's was refused.
    clinic.do("UPDATE digests SET day = day - 2, began_at = began_at - interval '49 hours'")
    clinic.do(
        "INSERT INTO digests (org_id, day, began_at, status)"
        " SELECT org_id, day + 1, began_at + interval '24 hours', 'failed' FROM digests"
    )
    for kind, ago in (("booked", "48 hours"), ("call_lost", "50 hours")):
        clinic.do(old, clinic.org_id, kind, ago)

    assert send() == {"sent": 1}

    assert "A caller has booked a visit" in sent.mails[-1].body
    assert sent.mails[-1].subject == "Maple Clinic: 2 unread notices"


def test_before_its_hour_nothing_leaves(clinic: Clinic, wanted: None, sent: Sent) -> None:
    clinic.prove_john()
    create(clinic, at("09:30"))
    MEMBER.patch("/organization", {"digestHour": 14})

    assert (send(), sent.mails) == ({}, [])


def test_a_quiet_day_has_no_mail(clinic: Clinic, wanted: None, sent: Sent) -> None:
    assert (send(), sent.mails, state(clinic)) == ({"nothing": 1}, [], [("nothing", None)])


def test_one_whose_answer_got_lost_is_not_sent_again(clinic: Clinic, wanted: None, faulty: Faulty) -> None:
    clinic.prove_john()
    create(clinic, at("09:30"))
    faulty.planned = ["lost"]

    assert send() == {"sending": 1}
    assert send() == {}
    assert (faulty.asked, state(clinic)) == (["SendEmail"], [("sending", None)])


def test_one_that_was_refused_says_why(clinic: Clinic, wanted: None, faulty: Faulty) -> None:
    clinic.prove_john()
    create(clinic, at("09:30"))
    faulty.planned = ["MessageRejected"]

    assert (send(), state(clinic)) == ({"failed": 1}, [("failed", "MessageRejected")])


def test_a_platform_without_an_address_mails_nobody(
    clinic: Clinic, wanted: None, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic.prove_john()
    create(clinic, at("09:30"))
    monkeypatch.delenv("FRONTDESK_MAIL_FROM")
    settings.cache_clear()

    assert (send(), state(clinic)) == ({}, [])


def test_one_clinics_mail_tells_nothing_of_anothers(
    clinic: Clinic, harbour: Clinic, wanted: None, sent: Sent
) -> None:
    harbour.do("INSERT INTO notifications (org_id, kind) VALUES (%s, 'emergency')", harbour.org_id)

    assert (send(), sent.mails) == ({"nothing": 1}, [])
