"""Questions to Postgres that no row answers where all is well: each named, weighed and explained."""

import re
from pathlib import Path
from typing import Any, Final, NamedTuple

import psycopg

from cli.doctor.finding import State

INVARIANTS: Final = Path(__file__).with_name("invariants.sql")
"""Asked of each clinic, under its claims."""
WALLS: Final = Path(__file__).with_name("walls.sql")
"""Asked once, of the catalogue."""
_HEAD: Final = re.compile(
    r"^-- name: (?P<name>\w+)\n-- severity: (?P<severity>fail|warn)\n"
    r"-- means: (?P<means>.+)\n-- do: (?P<remedy>.+)\n",
    re.MULTILINE,
)
EXAMPLES: Final = 5


class Question(NamedTuple):
    """One of a file's."""

    name: str
    severity: State
    means: str
    """What is the matter where a row comes back; each names one such thing in its first column, `what`."""
    remedy: str
    query: str


class Answer(NamedTuple):
    """How much is wrong, and the first few of it."""

    many: int
    examples: tuple[str, ...]


def read(file: Path) -> list[Question]:
    """The questions of a file, in its order. Raises `ValueError` where one lacks a part of its head."""
    text = file.read_text(encoding="utf-8")
    heads = list(_HEAD.finditer(text))
    if len(heads) != text.count("-- name:"):
        raise ValueError(
            f"{file.name}: each query has name, severity, means and do, a line each, in that order"
        )
    ends = [head.start() for head in heads[1:]] + [len(text)]
    return [
        Question(
            head["name"],
            State(head["severity"]),
            head["means"],
            head["remedy"],
            text[head.end() : end].strip(),
        )
        for head, end in zip(heads, ends, strict=True)
    ]


def ask(connection: psycopg.Connection[Any], questions: list[Question]) -> dict[str, Answer]:
    """The answers by the questions' names, in the open transaction; in one round trip."""
    with connection.pipeline():
        cursors = [
            connection.execute(
                f"SELECT what::text, count(*) OVER () FROM ({one.query}\n) AS found"  # noqa: S608 - our files
                f" LIMIT {EXAMPLES}".encode()
            )
            for one in questions
        ]
    told = [cursor.fetchall() for cursor in cursors]
    return {
        one.name: Answer(rows[0][1] if rows else 0, tuple(what for what, _ in rows))
        for one, rows in zip(questions, told, strict=True)
    }
