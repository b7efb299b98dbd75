"""docs/booking.md: each example of its tables is so."""

import re
from datetime import datetime
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from frontdesk import scheduling
from frontdesk.db.connection import Connection
from frontdesk.scheduling.statuses import DECISIONS, Transition
from frontdesk.speech import times
from frontdesk.speech.heard import days_heard
from frontdesk.zones import zone
from tests.conftest import Database
from tests.scheduling import examples

PAGE = (Path(__file__).parents[2] / "docs" / "booking.md").read_text(encoding="utf-8")
TODAY = datetime(2026, 11, 23, 12, tzinfo=zone("America/Vancouver"))


def table(heading: str) -> list[list[str]]:
    """The cells of the rows of the table below that heading."""
    below = PAGE.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line.strip("|").split("|") for line in below.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def quoted(cell: str) -> list[str]:
    """What stands in backticks, or in quotes."""
    return re.findall(r"`([^`]+)`", cell)


def test_each_rule_has_an_example_and_each_example_is_so(superuser_url: str, database: Database) -> None:
    rules = table("The rules")
    name = conninfo_to_dict(database.owner_url)["dbname"]
    with Connection.connect(make_conninfo(superuser_url, dbname=name), autocommit=True) as connection:
        said = {(rule, example): quoted(outcome)[0] for rule, example, outcome, _ in rules}
        came = {
            (rule, example): examples.outcome(connection, quoted(example), said[rule, example])
            for rule, example in said
        }

    assert came == said
    assert len(said) == len(rules) > 40


@pytest.mark.parametrize(("moment", "english", "chinese"), table("Times in words"))
def test_times_are_said_as_the_page_says(moment: str, english: str, chinese: str) -> None:
    start, zone_name = re.fullmatch(r"`(\S+)` in `(\S+)`", moment).groups()  # pyright: ignore[reportOptionalMemberAccess]
    local = datetime.fromisoformat(start).astimezone(zone(zone_name))

    assert times.say_when(local, now=TODAY, language="en") == english
    assert times.say_when(local, now=TODAY, language="zh") == chinese


@pytest.mark.parametrize(("words", "first", "last"), table("Days in words"))
def test_days_are_understood_as_the_page_says(words: str, first: str, last: str) -> None:
    meant = days_heard(quoted(words)[0], today=TODAY.date())

    assert (meant.first.isoformat(), meant.last.isoformat()) == (first, last)


def test_the_decisions_are_those_there_are() -> None:
    told = {
        quoted(decision)[0]: Transition(quoted(to)[0], frozenset(quoted(before)), is_told or None)
        for decision, before, to, is_told in table("What becomes of a visit")
    }

    assert told == {decision: step._replace(told=step.told and "yes") for decision, step in DECISIONS.items()}


def test_every_module_has_its_place_and_there_is_no_other() -> None:
    there = {file.stem for file in Path(scheduling.__file__).parent.glob("*.py")} - {"__init__"}
    placed = {module for _, modules in table("Where things are") for module in quoted(modules)}
    named = {module for *_, where in table("The rules") for module in quoted(where)}

    assert placed == there - {"providers", "visits", "wire"}, "what a row, an id or a field is needs no place"
    assert named - {"speech.preferences"} <= placed
