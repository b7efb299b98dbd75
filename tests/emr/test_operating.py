"""`frontdesk emr`: an EMR connected, checked, approved and let go, by the function that operators call."""

import io
import json
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from moto.server import ThreadedMotoServer  # pyright: ignore[reportMissingTypeStubs]
from typer.testing import CliRunner, Result

from cli.main import app
from frontdesk import aws
from frontdesk.db.connection import drop
from frontdesk.emr import connection
from functions.emr.connect.handler import handler as connect_emrs
from functions.emr.keys.handler import handler as show_keys
from local import demo
from local.addresses import Addresses, HmacPlan
from local.asgi import body_of
from local.directory import claimed
from tests.clinic import Clinic, Context
from tests.emr.oscars import CLIENT, PASSWORD, USER, WRITES, OscarWorld, template
from tests.served import served


class Function:
    """Lambda's Invoke API, with the function that connects EMRs behind it."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = await body_of(receive)
        answer = connect_emrs(json.loads(body), Context(22))
        drop()  # of this thread, which ends with the test
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})


@pytest.fixture(scope="module")
def aws_at() -> Iterator[str]:
    """AWS at the wire."""
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@dataclass
class Desk:
    """Maple Clinic in a stack on `home`, and an OSCAR that is not connected yet."""

    clinic: Clinic
    oscar: OscarWorld
    home: Path
    aws_url: str

    def run(self, verb: str, *options: str, said: str | None = None) -> Result:
        of_clinic = () if verb == "keys" else ("--org", "maple clinic")
        return CliRunner().invoke(app, ["emr", verb, *of_clinic, "--data", str(self.home), *options], said)

    def connect(self, *options: str, password: str = PASSWORD, types: Any = None, **server: Any) -> Result:
        """Connects; a login by a pipe."""
        described = {"base_url": self.oscar.server.base_url, "flavour": "oscar19", "codes": [{"letter": "2"}]}
        file = self.home / "clinic.json"
        whole = {"emr": "oscar", "server": described | server} | ({"types": types} if types else {})
        file.write_text(json.dumps(whole))
        login = json.dumps({"user": USER, "password": password})
        return self.run("connect", "--file", str(file), "--login", "-", *options, said=login)

    def checked(self) -> dict[str, Any]:
        return json.loads(self.run("check", "--json").stdout)

    def connection(self) -> tuple[Any, ...]:
        [row] = self.clinic.all("SELECT server, version FROM emr_connections")
        return row

    def secret(self, name: str) -> Any:
        found = aws.client("secretsmanager").get_secret_value(SecretId=f"frontdesk/local/{name}")
        return json.loads(found["SecretString"])


@pytest.fixture
def desk(
    clinic: Clinic, oscar: OscarWorld, tmp_path: Path, aws_at: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    told = {
        "AWS_ENDPOINT_URL": aws_at,
        "AWS_DEFAULT_REGION": "ca-central-1",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    aws.client.cache_clear()
    httpx.post(f"{aws_at}/moto-api/reset")
    today = datetime.now(oscar.zone).date()
    oscar.days(template(at09="2" * 12), *(today + timedelta(days=ahead) for ahead in range(7)), name="P:now")
    oscar.asked()
    with served(Function()) as url, claimed(tmp_path):
        known: list[dict[str, Any]] = [{"id": demo.MAPLE, "name": "Maple Clinic"}]
        emr = told | {"AWS_ENDPOINT_URL_LAMBDA": url, "FRONTDESK_EMR_CONNECT_FUNCTION": "EmrConnect"}
        Addresses("https://api.example", "", "", "", HmacPlan(""), "", "", known, emr=emr).write(tmp_path)
        yield Desk(clinic, oscar, tmp_path, aws_at)
    aws.client("secretsmanager").close()
    aws.client.cache_clear()
    while connection._opened:  # pyright: ignore[reportPrivateUsage] - a process keeps them for good
        connection._opened.popitem()[1].emr.close()  # pyright: ignore[reportPrivateUsage]


def writes(asked: list[str]) -> list[str]:
    return [one for one in asked if one in {each.rpartition("/")[2] for each in WRITES}]


def test_an_oscar_is_connected_by_a_description_and_its_login_lies_among_the_secrets(desk: Desk) -> None:
    done = desk.connect()

    assert done.exit_code == 1, done.output  # nobody has let us into REST yet
    assert "OSCAR 19 connected" in done.stdout
    assert "frontdesk emr approve" in done.stdout
    assert desk.clinic.all("SELECT emr FROM organizations") == [("oscar",)]
    server, version = desk.connection()
    assert version == 1
    assert PASSWORD not in json.dumps(server)
    kept = desk.secret(f"emr/{demo.MAPLE}")
    assert kept == {"user": USER, "password": PASSWORD, "access": None}
    assert writes(desk.oscar.asked()) == []


def test_a_changed_description_of_the_same_emr_is_the_next_version_and_another_emr_is_refused(
    desk: Desk,
) -> None:
    desk.connect()
    desk.connect(program_id=7)

    server, version = desk.connection()
    assert (server["program_id"], version) == (7, 2)
    other = desk.connect(base_url=f"{desk.oscar.url}/another")
    assert other.exit_code == 2
    assert "connected to another EMR" in other.stderr
    assert desk.connection()[1] == 2


def test_a_wrong_password_connects_nothing_and_isn_t_kept(desk: Desk) -> None:
    desk.connect()
    refused = desk.connect(password="wrong")

    assert refused.exit_code == 2
    assert "Nothing is connected" in refused.stderr
    assert "wrong" not in refused.output.replace("wrong:", "")
    assert desk.secret(f"emr/{demo.MAPLE}")["password"] == PASSWORD
    assert desk.connection()[1] == 1


def test_another_kind_of_emr_and_what_is_no_file_are_refused_before_anything_is_asked(desk: Desk) -> None:
    file = desk.home / "epic.json"
    file.write_text(json.dumps({"emr": "epic", "server": {"base": "https://epic.example/r4"}}))

    refused = desk.run("connect", "--file", str(file))
    directory = desk.run("connect", "--file", str(desk.home))

    assert (refused.exit_code, directory.exit_code) == (2, 2)
    assert "`oscar` or `fhir`" in refused.stderr
    assert "no file" in directory.stderr
    assert desk.oscar.asked() == []


def test_of_openings_that_could_not_be_read_nothing_is_said(desk: Desk) -> None:
    desk.connect()
    desk.oscar.be_down()

    checked = desk.checked()

    assert checked["wrong"]
    assert not any("templates" in one for one in checked["warnings"])


@pytest.mark.parametrize(
    ("server", "said"),
    [
        ({"pin": "a-secret"}, "`pin`"),
        ({"flavour": "cobol"}, "`flavour`"),
        ({"ca_pem": "no certificate"}, "`ca_pem`: no certificate"),
        ({"base_url": "http://clinic.example/oscar"}, "address"),
    ],
)
def test_what_describes_no_emr_is_said_by_its_name(desk: Desk, server: dict[str, Any], said: str) -> None:
    refused = desk.connect(**server)

    assert refused.exit_code == 2
    assert said in refused.stderr
    assert "a-secret" not in refused.output
    assert desk.clinic.all("SELECT emr FROM organizations") == [(None,)]


def test_a_clinic_that_approves_its_bookings_can_t_have_an_emr(desk: Desk) -> None:
    desk.clinic.do("UPDATE organizations SET booking_mode = 'approval'")

    refused = desk.connect()

    assert refused.exit_code == 2
    assert "set its `bookingMode` to `autonomous` first" in refused.stderr
    assert desk.oscar.asked() == []


def test_check_reads_one_of_each_changes_nothing_and_shows_nobody(desk: Desk) -> None:
    desk.connect()
    jane = desk.oscar.chart("Quill", "Jasmine", date(1980, 1, 2), phones=["604-555-0177"])
    today = datetime.now(desk.oscar.zone).replace(hour=9, minute=0, second=0, microsecond=0)
    desk.oscar.staff_book(today, 30, patient_id=jane)
    before = desk.oscar.rows()
    desk.oscar.asked()

    shown = desk.run("check")

    asked = desk.oscar.asked()
    assert len(asked) > 10
    assert writes(asked) == []
    assert desk.oscar.rows() == before
    for what in ("login, capabilities", "providers", "openings of provider 101", "visits of provider 101"):
        [line] = [line for line in shown.stdout.splitlines() if line.startswith(what)]
        assert any(word.isdecimal() for word in line.split()), line
    assert "21 hours that may be booked; codes: 2" in shown.stdout
    assert "visits there: 1" in shown.stdout
    assert "its diary has not been read yet" in shown.stdout
    for told in ("quill", "jasmine", "0177"):
        assert told not in shown.output.lower()


def test_check_is_content_once_all_was_read_and_patients_can_be_registered(desk: Desk) -> None:
    desk.connect()
    access = desk.oscar.server.access
    assert access is not None
    secret = desk.secret(f"emr/{demo.MAPLE}") | {"access": access._asdict()}
    put = aws.client("secretsmanager").put_secret_value
    put(SecretId=f"frontdesk/local/emr/{demo.MAPLE}", SecretString=json.dumps(secret))
    desk.clinic.do("UPDATE emr_connections SET version = 2, synced_at = now(), charts_read_at = now()")

    shown = desk.run("check")

    assert shown.exit_code == 0, shown.output
    assert "register" in shown.stdout
    assert "wrong" not in shown.stdout


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE emr_connections SET failures = 3, retry_at = now() + interval '1 min'", "3 times in a row"),
        ("UPDATE emr_connections SET synced_at = now() - interval '20 minutes'", "read 20 minutes ago"),
        ("UPDATE emr_connections SET sync_failure = 'NotAllowed'", "(NotAllowed)"),
        (
            "INSERT INTO emr_providers (org_id, emr_id, provider_id) VALUES (auth.org_id(), '999', 100)",
            "(provider 999 there) has left",
        ),
    ],
)
def test_what_needs_somebody_is_said(desk: Desk, statement: str, said: str) -> None:
    desk.connect()
    desk.clinic.do(statement)

    shown = desk.run("check")

    assert shown.exit_code == 1
    assert said in shown.stdout


def test_time_that_fits_no_kind_of_visit_and_kinds_without_time_are_warned_of(desk: Desk) -> None:
    [(first, minutes), (second, _)] = desk.clinic.all(
        "SELECT name, duration_min FROM appointment_types WHERE is_active ORDER BY id LIMIT 2"
    )
    desk.clinic.do("UPDATE appointment_types SET is_active = (name IN (%s, %s))", first, second)
    desk.clinic.do("UPDATE organizations SET slot_interval_min = 7")
    desk.connect(
        types=[{"type": first, "codes": ["P"]}, {"type": second, "codes": ["P"], "name": "Physical"}]
    )

    warned = desk.checked()["warnings"]

    assert "no kind of visit may be in time of code '2'" in warned
    assert f"{first}: there is no time of code 'P'" in warned
    assert any("off the clinic's grid of 7 minutes" in one for one in warned)
    assert minutes > 0
    assert desk.clinic.all("SELECT codes, name FROM emr_types ORDER BY type_id") == [
        (["P"], ""),
        (["P"], "Physical"),
    ]


def test_a_kind_of_visit_that_isn_t_there_is_refused_and_nothing_is_connected(desk: Desk) -> None:
    refused = desk.connect(types=[{"type": "Levitation"}])

    assert refused.exit_code == 2
    assert "no kind of visit 'Levitation'" in refused.stderr
    assert desk.clinic.all("SELECT emr FROM organizations") == [(None,)]


class Terminal(io.StringIO):
    """What is printed; whoever reads the address opens it in a browser, and is sent back."""

    def __init__(self) -> None:
        super().__init__()
        self.pages, self._opened = list[str](), False

    def write(self, text: str) -> int:
        written = super().write(text)
        words = self.getvalue().split()
        back = next((word.rstrip(";") for word in words if word.endswith("/;")), None)
        if back and not self._opened:
            self._opened = True
            [url] = [word for word in words if "oauth/authorize" in word]
            Thread(target=self._approve, args=[url, back], daemon=True).start()
        return written

    def _approve(self, url: str, back: str) -> None:
        given = httpx.get(url, trust_env=False).text
        self.pages.append(httpx.get(f"{back}?{given}", trust_env=False).text)


def test_somebody_approves_in_a_browser_and_patients_can_be_registered(desk: Desk) -> None:
    desk.connect()
    client = desk.home / "client.yml"
    client.write_text(f"key: {CLIENT[0]}\nsecret: {CLIENT[1]}\n")
    terminal = Terminal()

    with redirect_stdout(terminal):
        command = ["emr", "approve", "--org", demo.MAPLE, "--client", str(client)]
        app([*command, "--port", "0", "--data", str(desk.home)], standalone_mode=False)

    assert "You can close this page" in terminal.pages[0]
    assert "version 2" in terminal.getvalue()
    access = desk.secret(f"emr/{demo.MAPLE}")["access"]
    assert (access["client_key"], access["client_secret"]) == CLIENT
    assert access["token_secret"] not in terminal.getvalue()
    assert "register" in desk.checked()["can"]


def test_let_go_the_clinic_s_diary_is_here_again_and_the_login_forgotten(desk: Desk) -> None:
    desk.connect()

    assert desk.run("disconnect", said="n\n").exit_code == 1
    assert desk.run("disconnect", said="y\n").exit_code == 0
    assert desk.clinic.all("SELECT emr, (SELECT count(*) FROM emr_connections) FROM organizations") == [
        (None, 0)
    ]
    with pytest.raises(aws.FAILED):
        desk.secret(f"emr/{demo.MAPLE}")
    again = desk.run("check")
    assert again.exit_code == 2
    assert "has no EMR" in again.stderr


def test_our_keys_are_published_without_what_is_private_of_them_two_while_one_is_changed(desk: Desk) -> None:
    def published() -> list[dict[str, Any]]:
        answer = show_keys({}, Context())
        assert answer["statusCode"] == 200
        assert answer["headers"]["cache-control"] == "public, max-age=300"
        return json.loads(answer["body"])["keys"]

    assert published() == []
    assert "https://api.example/emr/jwks.json" in desk.run("keys", "--new").stdout
    [first] = published()
    assert (first["kty"], first["crv"], first["alg"]) == ("EC", "P-384", "ES384")
    assert "d" not in first

    both = json.loads(desk.run("keys", "--new", "--json").stdout)["keys"]
    assert [one["kid"] for one in published()] == both
    assert len(set(both)) == 2
    assert desk.run("keys", "--take-away", "nobody's").exit_code == 2
    desk.run("keys", "--take-away", both[0])
    assert [one["kid"] for one in published()] == both[1:]


def test_keys_that_can_t_be_read_are_said_to_be_away_for_now(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    aws.client.cache_clear()

    answer = show_keys({}, Context())

    assert (answer["statusCode"], answer["headers"]["cache-control"]) == (503, "no-store")
