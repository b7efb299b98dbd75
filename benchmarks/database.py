"""A database of its own for what is measured without the stack: migrated, empty, on a server of its own."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from psycopg.conninfo import make_conninfo

from frontdesk.db import migrate
from local import postgres

SECRET: Final = "a-secret-of-the-benchmarks"
_NAME: Final = "frontdesk"


@dataclass(frozen=True)
class Database:
    """The same database, as three roles."""

    superuser_url: str
    owner_url: str
    app_url: str

    @property
    def environment(self) -> dict[str, str]:
        """What functions are told of it, and of who may call them."""
        return {
            "FRONTDESK_STAGE": "local",
            "FRONTDESK_DATABASE_URL": self.app_url,
            "FRONTDESK_VAPI_HMAC_SECRETS": json.dumps([SECRET]),
        }


@contextmanager
def fresh() -> Generator[Database]:
    """Gone with the block."""
    with postgres.running(durable=False) as server:
        url = server.superuser_url
        migrate.bootstrap(url, database=_NAME, owner_password="owner", app_password="app")

        def as_role(role: str, password: str) -> str:
            return make_conninfo(url, dbname=_NAME, user=role, password=password)

        made = Database(
            make_conninfo(url, dbname=_NAME),
            as_role("frontdesk_owner", "owner"),
            as_role("frontdesk_app", "app"),
        )
        migrate.migrate(made.owner_url)
        yield made
