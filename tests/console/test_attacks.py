"""Every route of the console, asked by who may not, with what is another's, and with what bites."""

import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import psycopg
import pytest
from moto import mock_aws
from psycopg import sql

from frontdesk import aws
from frontdesk.settings import settings
from infra import discovery
from local import demo
from tests.clinic import Clinic
from tests.conftest import Database
from tests.console.browsing import Browser, Seen
from tests.vapi_account import VapiAccount, vapi_account
from tests.walls.conftest import tables
from tests.walls.test_endpoints import NOBODYS, ids_of_maples
from tests.walls.test_tools import MAPLES, everything, of_maples, stands_in

ROUTES = {
    folder: sorted(console.routes)
    for folder, console in discovery.consoles().items()
    if folder != "console/door"
}
"""By folder: what a test begins with is the same for all its routes, and takes longer than they do."""
OF_VIEWERS = {"POST /console/knowledge/question": "a question is a form, so that it stands in no address"}
"""What a viewer may send, and why nothing of the clinic's is changed by it."""
BITES = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7*7 }}"
_SHORT = "<i>\"'"
_VIEWER = "maples-viewer"
_ZONES = re.compile(r'<option value="America/[^<]*')
"""The same choice for everybody, of cities that some clinic is in."""


@pytest.fixture(scope="module")
def account() -> Iterator[VapiAccount]:
    with vapi_account() as made:
        yield made


@pytest.fixture(autouse=True)
def _world(account: VapiAccount, database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    told = {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "FRONTDESK_STORE": "calls",
        "FRONTDESK_VAPI_API_URL": account.url,
        "FRONTDESK_VAPI_PRIVATE_KEY": account.key,
        "FRONTDESK_PUBLIC_URL": "https://desk.example",
        "FRONTDESK_GOOGLE_CLIENT_ID": "a-client",
        "FRONTDESK_MICROSOFT_CLIENT_ID": "a-client",
    }
    with mock_aws():
        for name, value in told.items():
            monkeypatch.setenv(name, value)
        aws.client.cache_clear()
        settings.cache_clear()
        aws.client("s3").create_bucket(Bucket="calls")
        key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
        monkeypatch.setenv("FRONTDESK_CALENDARS_KEY_ARN", key)
        settings.cache_clear()
        yield
    aws.client.cache_clear()


def paths(route: str, ids: dict[str, Any]) -> list[str]:
    """The route with each of these ids in its braces; a decision or a vendor is one that there is."""
    path = route.split(" ")[1]
    known: dict[str, list[Any]] = {
        "decision": ["approve", "noshow"],
        "vendor": ["google"],
        "voice": ["sarah"],
    }
    names = [part.strip("{}") for part in path.split("/") if part.startswith("{")]
    filled: list[str] = []
    for values in product(*(known.get(name, sorted({str(one) for one in ids.values()})) for name in names)):
        made = path
        for name, value in zip(names, values, strict=True):
            made = made.replace(f"{{{name}}}", str(value))
        filled.append(made)
    return filled


def each(folder: str, ids: dict[str, Any], method: str = "") -> Iterator[tuple[str, str]]:
    """Every route of a folder, or those of a method, with every path of it."""
    for route in ROUTES[folder]:
        if route.startswith(method):
            yield from ((route, path) for path in paths(route, ids))


def typed(ids: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    """Fields as forms have them, with these ids in all that are ids."""
    return {
        "id": ids["appointments"],
        "notice": ids["notifications"],
        "version": 1,
        "name": "Somebody",
        "timeZone": "America/Toronto",
        "firstName": "Zed",
        "lastName": "Quux",
        "birthDate": "1970-01-01",
        "phone": "+14165550177",
        "number": ids["phone-numbers"],
        "e164": ids["phone-numbers"],
        "email": "somebody@example.com",
        "role": "viewer",
        "provider": ids["providers"],
        "providerId": ids["providers"],
        "patient": ids["patients"],
        "patientId": ids["patients"],
        "type": ids["appointment-types"],
        "typeId": ids["appointment-types"],
        "appointment": ids["appointments"],
        "appointmentId": ids["appointments"],
        "agentId": ids["agents"],
        "startTime": known["startTime"],
        "start": known["startTime"],
        "reason": "Because",
        "text": "A sick note is $20.",
        "question": "What is a sick note?",
        "vendor": "google",
    }


def asked(browser: Browser, route: str, path: str, fields: dict[str, Any]) -> Seen:
    return browser.get(path) if route.startswith("GET ") else browser.post(path, fields)


def without(rows: dict[str, list[Any]], *names: str) -> dict[str, list[Any]]:
    return {table: found for table, found in rows.items() if table not in names}


@pytest.mark.parametrize("folder", ROUTES)
def test_no_page_shows_or_changes_another_clinics_rows(clinic: Clinic, harbour: Clinic, folder: str) -> None:
    known = of_maples(clinic)
    ids = ids_of_maples(clinic, known)
    before = everything(clinic)
    browser = Browser.of(demo.HARBOUR)

    for route, path in each(folder, ids):
        fields = typed(ids, known)
        seen = asked(browser, route, path, fields)

        assert seen.status < 500 or seen.status == 503, (path, seen.text)
        # What is in the address or was typed comes back; Harbour has a template's examples and no Maple's.
        theirs = path if route.startswith("GET ") else f"{path} {fields}"
        told = _ZONES.sub("", seen.text)
        words = [word for word in (*MAPLES, "maple.example") if word not in theirs and stands_in(word, told)]
        assert words == [], path
        if "{id}" in route and seen.status == 200:
            nobodys = asked(browser, route, paths(route, {"id": NOBODYS["appointments"]})[0], {})
            assert nobodys.status == 200, f"{path} is there, and nobody's isn't"
    assert everything(clinic) == before


@pytest.mark.parametrize("folder", ROUTES)
def test_a_viewer_changes_nothing(clinic: Clinic, folder: str) -> None:
    known = of_maples(clinic)
    ids = ids_of_maples(clinic, known)
    viewer = Browser.of(sub=_VIEWER)
    assert viewer.get("/console/today").status == 200
    before = without(everything(clinic), "audit_log")

    for route, path in each(folder, ids, "POST"):
        seen = viewer.post(path, typed(ids, known))
        assert route in OF_VIEWERS or seen.status == 403, path
    assert without(everything(clinic), "audit_log") == before


@pytest.mark.parametrize("folder", ROUTES)
def test_who_has_no_session_sees_and_does_nothing(clinic: Clinic, folder: str) -> None:
    ids = ids_of_maples(clinic, of_maples(clinic))
    before = everything(clinic)

    for route, path in each(folder, ids):
        for browser in (Browser(), Browser({"__Host-session": "not.a.token"})):
            seen = asked(browser, route, path, {"name": "Somebody"})
            assert seen.status == (303 if route.startswith("GET ") else 401), path
            assert [word for word in MAPLES if word not in path and stands_in(word, seen.text)] == []
    assert everything(clinic) == before


def bitten(database: Database, clinic: Clinic) -> int:
    """Writes what bites into every text that a row may hold; how many columns took it."""
    took = 0
    with clinic.rows() as owner:
        for table in tables(database.owner_url):
            columns = owner.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
                " AND data_type = 'text' AND column_name NOT IN ('user_id', 'e164', 'actor', 'time_zone')",
                [table],
            ).fetchall()
            for (column,) in columns:
                for words in (BITES, _SHORT):
                    place = sql.Identifier(table)
                    statement = sql.SQL("UPDATE {} SET {} = %s WHERE ctid IN (SELECT ctid FROM {} LIMIT 1)")
                    try:
                        with owner.transaction():
                            owner.execute(statement.format(place, sql.Identifier(column), place), [words])
                        took += 1
                        break
                    except psycopg.Error:  # a name of a closed set, a key, a word that can't stand there
                        continue
    return took


@pytest.mark.parametrize("folder", ROUTES)
def test_whatever_somebody_wrote_is_only_words_on_every_page(
    database: Database, clinic: Clinic, folder: str
) -> None:
    known = of_maples(clinic)
    ids = ids_of_maples(clinic, known)
    assert bitten(database, clinic) > 40

    for _, path in each(folder, ids, "GET"):
        for seen in (Browser.of().get(path), Browser.of().get(f"{path}?done={BITES}&lang={BITES}")):
            # 503: what was bitten is where the store keeps something, which isn't there now.
            assert seen.status in (200, 303, 404, 503), (path, seen.text)
            if "text/html" not in seen.headers.get("content-type", ""):
                continue
            assert "<script>alert" not in seen.text
            assert seen.page.xpath("//script[not(starts-with(@src, '/console/assets/'))]") == []
            assert seen.page.xpath("//@*[starts-with(name(), 'on')]") == []
            assert seen.page.xpath("//@style") == []
            addresses = [
                *seen.page.xpath("//@href"),
                *seen.page.xpath("//@action"),
                *seen.page.xpath("//@src"),
            ]
            assert [one for one in addresses if not one.startswith(("/", "#", "?", "https://", "tel:"))] == []
