"""A Postgres of a test's own, with the demo clinics in it: to be frozen, killed and started again."""

import signal
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

from frontdesk.db import migrate
from local import demo, postgres
from tests import owner
from tests.conftest import url

_DATABASE = "own"


@dataclass(frozen=True)
class OwnServer:
    """The server and the URLs of its one database."""

    server: postgres.Server
    superuser_url: str
    owner_url: str
    app_url: str

    def end_sessions(self) -> None:
        """What an administrator's restart, a failover or a proxy's idle timeout does to a function."""
        with psycopg.connect(self.superuser_url, autocommit=True) as superuser:
            superuser.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'frontdesk_app'"
            )

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal to each of the server's processes."""
        file = self.server.directory / "data" / "postmaster.pid"
        root = psutil.Process(int(file.read_text().split()[0]))
        for one in (root, *root.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                one.send_signal(number)

    def kill(self) -> None:
        """Ends the server as a crash does: nobody in it is given a moment."""
        owner.leave()
        self.signal(signal.SIGSTOP)  # so that it starts no other process meanwhile
        self.signal(signal.SIGKILL)
        self.server.stop()


@contextmanager
def own_server(data_dir: Path | None = None, *, durable: bool) -> Generator[OwnServer]:
    """The server, migrated and seeded; it ends with the block."""
    with postgres.running(data_dir, durable=durable) as server:
        superuser_url = server.superuser_url
        migrate.bootstrap(superuser_url, database=_DATABASE, owner_password="owner", app_password="app")
        owner_url = url(superuser_url, _DATABASE, "frontdesk_owner", "owner")
        migrate.migrate(owner_url)
        demo.seed(owner_url)
        app_url = url(superuser_url, _DATABASE, "frontdesk_app", "app")
        yield OwnServer(server, superuser_url, owner_url, app_url)
        owner.leave()
