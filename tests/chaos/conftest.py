"""The process that is killed, the AWS that it finds, and each consumer's case.

What a test does to moto in its own process, others see at `wired_aws`.
"""

from collections.abc import Iterator
from datetime import date

import pytest
from moto import mock_aws
from moto.server import ThreadedMotoServer  # pyright: ignore[reportMissingTypeStubs]

from frontdesk import aws
from tests.agents.conftest import Platform, platform
from tests.calendars.conftest import account, google_at, maple, microsoft_at, outlook
from tests.calendars.consenting import Connecting
from tests.calendars.microsoft import Microsoft
from tests.calendars.syncs import Synced
from tests.calls.conftest import Line, line
from tests.chaos.cases import (
    KeptEntries,
    ReadEmr,
    ReportedCalls,
    SavedAgents,
    SyncedCalendar,
    UploadedDocuments,
)
from tests.chaos.lives import Mortal, mortal
from tests.clinic import Clinic
from tests.conftest import Database
from tests.emr.conftest import oscar_at
from tests.emr.desks import oscar_desk
from tests.emr.oscars import Place
from tests.google_calendar import GoogleAccount
from tests.knowledge.conftest import Library, library

__all__ = [
    "account",
    "google_at",
    "library",
    "line",
    "maple",
    "microsoft_at",
    "oscar_at",
    "outlook",
    "platform",
]


@pytest.fixture(scope="session")
def wired_aws() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session")
def process(wired_aws: str) -> Iterator[Mortal]:
    """Where functions run, to be killed."""
    with mortal(wired_aws) as made:
        yield made


@pytest.fixture
def key_arn(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Of a key at moto's KMS: a test's own, for what else is in moto would stay from one case to the next."""
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
        monkeypatch.setenv(f"AWS_{name}", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ca-central-1")
    with mock_aws():
        aws.client.cache_clear()
        yield aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    aws.client.cache_clear()


@pytest.fixture
def saved_agents(platform: Platform, clinic: Clinic) -> SavedAgents:
    return SavedAgents(platform, clinic)


@pytest.fixture
def kept_entries(line: Line, clinic: Clinic) -> KeptEntries:
    return KeptEntries(clinic)


@pytest.fixture
def reported_calls(line: Line, clinic: Clinic) -> ReportedCalls:
    return ReportedCalls(line, clinic)


@pytest.fixture
def uploaded_documents(library: Library) -> UploadedDocuments:
    # Of one language, for each upload embeds what is asked most in each.
    library.clinic.do("UPDATE organizations SET languages = '{en}'")
    return UploadedDocuments(library)


@pytest.fixture
def synced_calendar(maple: Connecting, account: GoogleAccount, outlook: Microsoft) -> SyncedCalendar:
    connection = maple.connects("google")
    [shown] = maple.shown()
    calendar = next(one["id"] for one in shown["calendars"] if one["isPrimary"])
    assert maple.choose(connection, (calendar, 100)).status == 200
    synced = Synced(maple, "google", account, outlook, connection, calendar)
    synced.rules(calendar_unknown="offer")
    return SyncedCalendar(synced)


@pytest.fixture
def read_emr(database: Database, oscar_at: Place) -> Iterator[ReadEmr]:
    with oscar_desk(database, oscar_at) as desk:
        chart = desk.staff.chart("Doe", "Ann", date(1988, 5, 6))
        yield ReadEmr(desk, desk.world, chart)
