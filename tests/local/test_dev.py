import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
import pytest

pytestmark = pytest.mark.slow

COMMAND = [str(Path(sys.executable).with_name("frontdesk"))]
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("FRONTDESK_")}


@contextmanager
def started(directory: Path) -> Generator[subprocess.Popen[str]]:
    """`frontdesk dev` on this directory, ready."""
    options = ["dev", "--port", "0", "--data", str(directory), "--workers", "1"]
    with subprocess.Popen(
        [*COMMAND, *options], env=ENVIRONMENT, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            deadline = time.monotonic() + 60
            while not (directory / "stack.json").exists():
                assert process.poll() is None, process.stderr and process.stderr.read()
                assert time.monotonic() < deadline
                time.sleep(0.02)
            yield process
        finally:
            process.kill()


def stack_of(directory: Path) -> dict[str, Any]:
    return json.loads((directory / "stack.json").read_text(encoding="utf-8"))


def vapi(stack: dict[str, Any]) -> httpx.Client:
    """Its stand-in of Vapi. The first body that it checks may take half a minute on a fresh clone."""
    headers = {"authorization": f"Bearer {stack['vapi_private_key']}"}
    return httpx.Client(base_url=stack["vapi_url"], headers=headers, timeout=60)


def frontdesk(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], env=ENVIRONMENT, capture_output=True, text=True, check=False
    )


def test_a_stack_lives_until_ctrl_c_leaves_nothing_behind_and_comes_back_with_its_data(
    tmp_path: Path,
) -> None:
    home = tmp_path / "not" / "there" / "yet"
    with started(home) as process:
        first = stack_of(home)
        assert home.joinpath("stack.json").stat().st_mode & 0o077 == 0
        assert httpx.post(f"{first['api_url']}/vapi/tools/get_clinic_info", json={}).status_code == 401
        with psycopg.connect(first["database_url"]) as owner:
            owner.execute("CREATE TABLE kept ()")
        with vapi(first) as http:
            tool = http.post("/tool", json={"type": "endCall"}).json()

        second = frontdesk("dev", "--port", "0", "--data", str(home))
        assert second.returncode == 2
        assert second.stderr.strip().count("\n") == 0
        assert f"in use by process {process.pid}" in second.stderr
        assert stack_of(home) == first

        played = frontdesk("call", "--script", "booking", "--data", str(home), "--json")
        assert played.returncode == 0
        assert json.loads(played.stdout)["as_expected"] is True
        assert frontdesk("db", "status", "--data", str(home)).returncode == 0
        looked = frontdesk("doctor", "--data", str(home), "--json")
        checks = json.loads(looked.stdout)["checks"]
        assert {one["area"] for one in checks} == {
            *("configuration", "schema", "walls", "clinics", "queues", "services")
        }
        odd = [(one["name"], one["examples"]) for one in checks if one["state"] != "ok"]
        assert odd == [("schema", ["columns kept: not expected", "table kept: not expected"])]
        assert looked.returncode == 1

        family = psutil.Process(process.pid).children(recursive=True)
        assert len(family) > 3
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0

    assert psutil.wait_procs(family, timeout=20)[1] == []
    assert not (home / "stack.json").exists()
    with started(home) as process:
        again = stack_of(home)
        with psycopg.connect(again["database_url"]) as owner:
            owner.execute("SELECT FROM kept")
        kept = ("vapi_private_key", "vapi_secret", "vapi_hmac")
        assert [again[name] for name in kept] == [first[name] for name in kept]
        with vapi(again) as http:
            assert tool in http.get("/tool").json()
        ids = [[one["id"] for one in stack["organizations"]] for stack in (first, again)]
        assert ids[0] == ids[1]

        family = psutil.Process(process.pid).children(recursive=True)
        process.kill()

    assert psutil.wait_procs(family, timeout=20)[1] == []
    left = frontdesk("call", "--script", "booking", "--data", str(home))
    assert (left.returncode, "no stack runs on" in left.stderr) == (2, True)


@pytest.mark.parametrize(
    "command", [(), ("dev",), ("call",), ("db", "status"), ("schedule", "show"), ("doctor",)]
)
def test_help_reads(command: tuple[str, ...]) -> None:
    assert "Usage:" in frontdesk(*command, "--help").stdout
