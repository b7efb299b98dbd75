"""Postgres is killed, or its sessions ended, while callers book: they hear the truth, and are booked once.

`tests/protocol/test_faults.py` has each fault of one call; here several callers are at it, and go on.
"""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import pytest
from psycopg.conninfo import make_conninfo

from frontdesk.db import connection
from frontdesk.settings import settings
from frontdesk.speech import sentences
from local import demo
from tests import owner
from tests.chaos.lives import assert_well
from tests.clinic import JOHN, MEILING, Clinic, taking
from tests.conftest import Database
from tests.own_server import OwnServer, own_server
from tests.protocol.broken_wire import Cut, wire

TRUE: Final = {sentences.NOTHING_DONE.en, sentences.UNREACHABLE.en, sentences.UNSURE.en}
BOOKINGS: Final = 3
_PEOPLE: Final = {JOHN: "1990-01-15", MEILING: "1985-07-02"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnServer]:
    with own_server(durable=True) as server:
        yield server


@pytest.fixture
def database(server: OwnServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """That server's, where functions find it."""
    monkeypatch.setenv("FRONTDESK_DATABASE_URL", server.app_url)
    monkeypatch.setenv("FRONTDESK_VAPI_HMAC_SECRETS", '["a-live-secret"]')
    monkeypatch.setenv("FRONTDESK_STAGE", "local")
    settings.cache_clear()
    connection.drop()
    yield Database(server.owner_url, server.app_url)
    connection.drop()
    owner.leave()
    settings.cache_clear()


class Answer(NamedTuple):
    """What came of asking once, errors included."""

    call: str
    tool: str
    item: dict[str, Any]


@dataclass
class Caller(threading.Thread):
    """Books several times, a call each, and asks what failed again, by the same id, as a model does."""

    name_of: str
    line: Clinic
    born: str
    answers: list[tuple[str, str, dict[str, Any]]] = field(
        default_factory=list[tuple[str, str, dict[str, Any]]]
    )
    """Call, tool, and what came back, errors included."""

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        for nth in range(BOOKINGS):
            call = f"{self.name_of}-{nth}"
            patient = self._ask(call, "search_patient_by_phone", phone="0", dateOfBirth=self.born)["id"]
            offer = self._ask(call, "find_earliest_appointment")
            self._ask(call, "create_appointment", **taking(offer, patient))
        connection.drop()

    def _ask(self, call: str, tool: str, **arguments: Any) -> dict[str, Any]:
        ends = time.monotonic() + 60
        while time.monotonic() < ends:
            item = self.line.asked(tool, arguments, call=call, id=f"{call}-{tool}")
            self.answers.append(Answer(call, tool, item))
            if "result" in item:
                return json.loads(item["result"])
            time.sleep(0.05)
        raise AssertionError("the desk never came back")


def storm(server: OwnServer, name: str) -> list[Caller]:
    return [
        Caller(f"{name}-{nth}", Clinic(server.owner_url, caller=number), born)
        for nth, (number, born) in enumerate(_PEOPLE.items())
    ]


def until(callers: list[Caller], count: int) -> None:
    """They have had so many answers."""
    while sum(len(one.answers) for one in callers) < count:
        time.sleep(0.002)


# Callers are threads here and share what counts them; a Lambda answers one at a time.
@pytest.mark.filterwarnings("ignore:Dimension .* has already been added")
@pytest.mark.parametrize("after", [2, 7])
@pytest.mark.parametrize("killed", [True, False], ids=["killed", "sessions-ended"])
def test_callers_hear_the_truth_and_are_booked_once(
    server: OwnServer, database: Database, killed: bool, after: int
) -> None:
    clinic = Clinic(server.owner_url)
    clinic.do("UPDATE appointments SET capped_as = NULL")
    callers = storm(server, f"{killed}-{after}")
    for one in callers:
        one.start()
    until(callers, after)
    if killed:
        server.kill()
        until(callers, sum(len(one.answers) for one in callers) + 2)
        server.server.start()
    else:
        for _ in range(5):
            server.end_sessions()
    for one in callers:
        one.join(60)
        assert not one.is_alive()

    told = [answer for one in callers for answer in one.answers]
    errors = {item["error"] for _, _, item in told if "error" in item}
    assert errors <= TRUE
    assert errors or not killed
    booked = {
        int(json.loads(item["result"])["appointmentId"]): call
        for call, tool, item in told
        if tool == "create_appointment" and "result" in item
    }
    assert len(booked) == len(callers) * BOOKINGS
    standing = clinic.all(
        "SELECT id, call_id FROM appointments WHERE status = 'booked' AND call_id LIKE %s",
        f"{killed}-{after}%",
    )
    assert dict(standing) == booked
    assert_well(database, demo.MAPLE)


def test_a_booking_whose_answer_was_lost_is_the_same_booking_when_asked_again(
    server: OwnServer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic = Clinic(server.owner_url, call="lost-answer")
    patient = clinic.prove_john()
    offer = clinic.ask("find_earliest_appointment")
    asked = {
        "demographicId": patient,
        "providerId": offer["providerId"],
        "startTime": offer["startTime"],
        "appointmentType": offer["appointmentType"],
        "reason": "sore throat",
        "language": "en",
    }
    with wire(server.server.host, server.server.port) as relay:
        connection.drop()
        through = make_conninfo(server.app_url, port=relay.port)
        monkeypatch.setenv("FRONTDESK_DATABASE_URL", through)
        settings.cache_clear()
        relay.cut, relay.is_repaired = Cut.AFTER_COMMIT, False
        lost = clinic.asked("create_appointment", asked, id="the-same")
        assert lost["error"] == sentences.UNSURE.en
        relay.is_repaired = True
        again = json.loads(clinic.asked("create_appointment", asked, id="the-same")["result"])
        by_another = json.loads(clinic.asked("create_appointment", asked, id="another")["result"])
        connection.drop()

    found = clinic.all("SELECT id FROM appointments WHERE call_id = 'lost-answer'")
    assert [int(again["appointmentId"]), int(by_another["appointmentId"])] == [found[0][0]] * 2
    assert len(found) == 1
    assert_well(database, demo.MAPLE)
