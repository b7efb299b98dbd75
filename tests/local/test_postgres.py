import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest

from local import postgres
from local.errors import InUse, PostgresFailed
from local.postgres import Server


def keep(server: Server) -> None:
    with psycopg.connect(server.superuser_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS value")


def is_kept(server: Server) -> bool:
    with psycopg.connect(server.superuser_url) as connection:
        return connection.execute("SELECT value FROM kept").fetchone() == (7,)


def test_data_and_port_outlast_a_stop_in_mid_call_and_data_a_new_start(tmp_path: Path) -> None:
    with postgres.running(tmp_path, durable=False) as server:
        keep(server)
        url = server.superuser_url

        server.stop()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(url, connect_timeout=2)
        server.start()

        assert server.superuser_url == url
        assert is_kept(server)

    with postgres.running(tmp_path, durable=True) as again:
        assert is_kept(again)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(again.superuser_url, connect_timeout=2)


def test_only_tcp_and_a_password_get_in(tmp_path: Path) -> None:
    with postgres.running(tmp_path, durable=False) as server:
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(server.superuser_url.replace("postgres:", "postgres:not", 1))
        with psycopg.connect(server.superuser_url) as connection:
            assert connection.execute("SHOW unix_socket_directories").fetchone() == ("",)

    assert (tmp_path / "password").stat().st_mode & 0o077 == 0


def test_a_directory_in_use_is_refused_in_one_line_that_names_the_process(tmp_path: Path) -> None:
    with (
        postgres.running(tmp_path, durable=False),
        pytest.raises(InUse, match=rf"in use by process {os.getpid()};"),
        postgres.running(tmp_path, durable=False),
    ):
        pass


def test_what_a_crash_left_behind_does_not_stop_the_next_start(tmp_path: Path) -> None:
    with postgres.running(tmp_path, durable=False) as server:
        keep(server)
        left = (tmp_path / "data" / "postmaster.pid").read_text()
    # The number is by now a stranger's: that of this test.
    (tmp_path / "data" / "postmaster.pid").write_text(left.replace(left.split()[0], str(os.getpid()), 1))

    with postgres.running(tmp_path, durable=False) as again:
        assert is_kept(again)


def test_why_it_does_not_start_is_said(tmp_path: Path) -> None:
    with postgres.running(tmp_path, durable=False):
        pass
    (tmp_path / "data" / "pg_hba.conf").unlink()

    with pytest.raises(PostgresFailed, match="hba"), postgres.running(tmp_path, durable=False):
        pass


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the next start ends it")
def test_the_server_dies_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    program = (
        "import pathlib, sys, time; from local import postgres\n"
        "with postgres.running(pathlib.Path(sys.argv[1]), durable=False) as server:\n"
        "    print('ready', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline()
        server = int((tmp_path / "data" / "postmaster.pid").read_text().split()[0])
        parent.send_signal(signal.SIGKILL)

    deadline = time.monotonic() + 20
    while psutil.pid_exists(server):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    with postgres.running(tmp_path, durable=False) as again:
        keep(again)
