"""The ways to book that ours is measured beside do book: a free time once, and a taken one not at all."""

from datetime import datetime

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from benchmarks import bare_sql, booking_ways, clinic
from frontdesk import zones
from tests.conftest import Database

pytestmark = pytest.mark.slow


def test_every_way_gives_a_free_time_to_the_first_who_asks(database: Database, superuser_url: str) -> None:
    made = clinic.seed(database.owner_url)
    name = conninfo_to_dict(database.owner_url)["dbname"]
    booking_ways.make_tables(make_conninfo(superuser_url, dbname=name))

    with bare_sql.connect(database.app_url) as connection:
        for place, (way, book) in enumerate(booking_ways.WAYS.items()):
            provider_id, wall = made.free[place]
            start = zones.instant(datetime.fromisoformat(wall), clinic.ZONE)
            wanted = booking_ways.Wanted(provider_id, made.patients[0].id, start)
            assert [book(connection, wanted), book(connection, wanted)] == [True, False], way
