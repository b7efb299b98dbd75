"""docs/privacy.md names every column that could hold something about a person, or says it holds nothing."""

import re
from pathlib import Path

import psycopg

from tests.conftest import Database

PAGE = (Path(__file__).parents[2] / "docs/privacy.md").read_text(encoding="utf-8")
MAPPED = set(re.findall(r"`(\w+)\.(\w+)`", PAGE.partition("## Columns without")[0]))
WITHOUT = {
    (table, column)
    for table, columns in re.findall(
        r"^\| `(\w+)` \| ((?:`\w+` ?)+)\|$",
        PAGE.partition("## Columns without")[2].partition("\n## ")[0],
        re.MULTILINE,
    )
    for column in re.findall(r"\w+", columns)
}


def test_every_column_that_can_hold_words_is_on_the_page_once_and_no_other(database: Database) -> None:
    with psycopg.connect(database.owner_url) as owner:
        columns = owner.execute(
            "SELECT relname, attname FROM pg_class c JOIN pg_attribute a ON attrelid = c.oid"
            " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition"
            " AND attnum > 0 AND NOT attisdropped"
            " AND atttypid IN ('text'::regtype, 'text[]'::regtype, 'jsonb'::regtype, 'bytea'::regtype,"
            " 'bytea[]'::regtype, 'date'::regtype)"
        ).fetchall()

    # Put a new column into the data map, or among those that hold nothing about a person.
    assert set(columns) - MAPPED - WITHOUT == set()
    assert (MAPPED | WITHOUT) - set(columns) == set()
    assert not MAPPED & WITHOUT
