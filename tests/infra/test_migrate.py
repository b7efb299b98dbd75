"""The migrator as a deploy calls it: the master secret by the extension, then Postgres as Aurora has it."""

import json
import threading
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlsplit

import psycopg
import pytest

from frontdesk import secrets
from frontdesk.settings import settings
from functions.database.migrate.handler import handler
from local import postgres

MASTER = {"username": "frontdesk_master", "password": "of the master"}


@pytest.fixture(scope="module")
def server() -> Generator[str]:
    """A superuser's URL of a server with what RDS brings: a master who is none, and the role `rds_iam`."""
    with postgres.running(durable=False) as running:
        with psycopg.connect(running.superuser_url) as connection:
            connection.execute("CREATE ROLE rds_iam NOLOGIN")
            connection.execute(
                "CREATE ROLE frontdesk_master LOGIN CREATEROLE CREATEDB PASSWORD 'of the master'"
            )
            connection.execute("GRANT rds_iam TO frontdesk_master WITH ADMIN OPTION")
        # RDS lets its master make this extension; here it stands in every new database instead.
        with psycopg.connect(running.superuser_url, dbname="template1") as connection:
            connection.execute("CREATE EXTENSION vector")
        yield running.superuser_url


@pytest.fixture
def deployed(server: str, monkeypatch: pytest.MonkeyPatch) -> Generator[str]:
    address = urlsplit(server)
    extension = HTTPServer(("localhost", 0), Extension)
    threading.Thread(target=extension.serve_forever, args=[0.01], daemon=True).start()
    monkeypatch.setattr(secrets, "_PORT", extension.server_port)
    monkeypatch.setenv("FRONTDESK_MASTER_SECRET_ARN", "arn:aws:secretsmanager:ca-central-1:1:secret:master")
    monkeypatch.setenv("FRONTDESK_DATABASE_HOST", str(address.hostname))
    monkeypatch.setenv("FRONTDESK_DATABASE_PORT", str(address.port))
    monkeypatch.setenv("FRONTDESK_DATABASE_AUTH", "none")  # no TLS on this machine
    settings.cache_clear()
    yield server
    settings.cache_clear()
    extension.shutdown()
    extension.server_close()


class Extension(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps({"SecretString": json.dumps(MASTER)}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_the_first_deploy_makes_everything_and_the_next_nothing(deployed: str) -> None:
    assert handler({}, None)[0].startswith("0001_")
    assert handler({}, None) == []

    with psycopg.connect(deployed, dbname="frontdesk") as connection:
        owners = connection.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")
        assert owners.fetchall() == [("frontdesk_owner",)]
        signs_in_by_iam = connection.execute(
            "SELECT pg_has_role('frontdesk_app', 'rds_iam', 'member')"
        ).fetchone()
        assert signs_in_by_iam == (True,)


def test_a_stage_that_is_to_have_the_test_clinic_has_it_once(
    deployed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler({}, None)
    assert clinics(deployed) == []

    monkeypatch.setenv("FRONTDESK_TEST_CLINIC", "true")
    settings.cache_clear()
    handler({}, None)
    handler({}, None)

    assert clinics(deployed) == [("Maple Clinic",)]


def clinics(superuser_url: str) -> list[tuple[str, ...]]:
    with psycopg.connect(superuser_url, dbname="frontdesk") as connection:
        return connection.execute("SELECT name FROM organizations").fetchall()
