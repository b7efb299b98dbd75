"""Each thing that holds of clinics' rows, broken once: the doctor says which, and of what."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from uuid import UUID

import psycopg
import pytest

from cli.doctor import database as doctor
from cli.doctor import questions
from cli.doctor.finding import Finding, State
from frontdesk.db import queries
from frontdesk.db.claims import clinic_transaction
from frontdesk.privacy import sealing
from local import demo
from tests.clinic import Clinic
from tests.conftest import Database

QUESTIONS: Final = questions.read(questions.INVARIANTS)
BREAKS: Final = queries.named(Path(__file__).with_name("breaks.sql"))
FORBIDDEN: Final = {
    "visits_overlap": "23P01",
    "visits_of_nobody": "23503",
}
"""What a constraint forbids as long as it stands: by the code of the refusal."""


@pytest.fixture
def seen(database: Database) -> Iterator[psycopg.Connection]:
    with doctor.connected(database.app_url) as connection:
        yield connection


def wrong(connection: psycopg.Connection, *clinics: str) -> dict[str, Finding]:
    found = doctor.invariants(connection, map(UUID, clinics or (demo.MAPLE,)))  # pyright: ignore[reportArgumentType]
    return {one.name: one for one in found if one.state is not State.OK}


def test_of_the_demos_clinics_nothing_is_wrong(seen: psycopg.Connection) -> None:
    assert wrong(seen, demo.MAPLE, demo.HARBOUR, demo.WILLOW, demo.ASPEN) == {}


def test_every_question_is_broken_once() -> None:
    assert {one.name for one in QUESTIONS} == BREAKS.keys()
    assert len(QUESTIONS) == len(BREAKS)


@pytest.mark.parametrize("question", QUESTIONS, ids=[one.name for one in QUESTIONS])
def test_what_is_broken_is_said_and_of_the_other_clinic_nothing(
    clinic: Clinic, seen: psycopg.Connection, question: questions.Question
) -> None:
    with clinic.rows() as owner:
        owner.execute(BREAKS[question.name].encode())

    found = wrong(seen)

    assert found.keys() == {question.name}
    assert found[question.name].state is question.severity
    assert found[question.name].examples[0].startswith(demo.MAPLE)
    assert found[question.name].remedy
    assert wrong(seen, demo.HARBOUR) == {}


@pytest.mark.parametrize("name", FORBIDDEN)
def test_what_a_constraint_forbids_can_not_be_broken_while_it_stands(clinic: Clinic, name: str) -> None:
    statements = "".join(line for line in BREAKS[name].splitlines(True) if not line.startswith("ALTER"))

    with pytest.raises(psycopg.errors.IntegrityError) as refused, clinic.rows() as owner:
        owner.execute(statements.encode())
    assert refused.value.sqlstate == FORBIDDEN[name]


def test_an_audit_log_that_was_rewritten_is_told(clinic: Clinic, seen: psycopg.Connection) -> None:
    clinic.ask("get_clinic_info")
    _sealed(clinic)
    assert wrong(seen) == {}

    clinic.do("UPDATE audit_log SET action = 'nothing'")

    assert wrong(seen)["audit_chain"].examples == (demo.MAPLE,)


def _sealed(clinic: Clinic) -> None:
    with clinic_transaction(UUID(clinic.org_id), time.monotonic() + 20) as db:
        assert sealing.seal(db)
