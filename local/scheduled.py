"""A scheduled function run at once, in a process of its own: a rehearsal doesn't wait for the clock."""

import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from importlib import import_module

from local.addresses import Addresses
from local.clock import event
from local.errors import ScriptWrong
from local.function import Context

_TIMEOUT_S = 60


def run(folder: str, addresses: Addresses) -> None:
    """Runs the function of a folder such as `outbound/make_calls`. Raises `ScriptWrong` when it fails."""
    environment = {
        "FRONTDESK_STAGE": "local",
        "FRONTDESK_DATABASE_URL": addresses.app_database_url,
        "FRONTDESK_VAPI_PRIVATE_KEY": addresses.vapi_private_key,
        "FRONTDESK_VAPI_API_URL": addresses.vapi_url,
        "FRONTDESK_PUBLIC_URL": addresses.api_url,
    }
    done = subprocess.run(
        [sys.executable, "-m", "local.scheduled", folder],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["nothing was said"])[-1]
        raise ScriptWrong(f"runs: {folder}: {last}")


def _main(folder: str) -> None:
    handler = import_module(f"functions.{folder.replace('/', '.')}.handler").handler
    handler(event(folder, at=datetime.now(UTC)), Context(folder, 1024, folder, time.monotonic() + _TIMEOUT_S))


if __name__ == "__main__":
    _main(sys.argv[1])
