"""What a push of the whole tree costs: `frontdesk vapi push` as a process, against Vapi's stand-in.

Beside it, the bare requests of a first push (the same lists and bodies, order by order, by the same library),
which know nothing of drift, of lost answers or of what is there already.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx

from frontdesk.vapi.api import IN_FLIGHT, Vapi
from frontdesk.vapi.kinds import CREDENTIAL, SERVING
from gitops import account, plan, state
from gitops import tree as trees
from gitops.files import ROOT
from local import child

FIRST: Final = "first"
UNCHANGED: Final = "unchanged"
ONE_PROMPT: Final = "one prompt edited"
LATENCIES_MS: Final = (0, 100)
ROUNDS: Final = 3
PUBLIC_ENGINE: Final = {
    FIRST: {"wall_s": 25.0, "unpaced_s": 5.1, "requests": 34},
    UNCHANGED: {"wall_s": 37.0, "unpaced_s": 6.7, "requests": 51},
}
"""Of the public engine (VapiAI/gitops, June 2026) on such a tree at 100 ms, measured once and not here."""
_KEY: Final = "a-private-key"
_BACKEND: Final = "https://desk.example.test"
_COMMAND: Final = str(Path(sys.executable).with_name("frontdesk"))
_START: Final = """
import contextlib, cli.vapi_shown, gitops.account, gitops.push
from cli.main import app
with contextlib.suppress(SystemExit): app(["vapi", "push", "--tree", "/nowhere"])
"""
"""What a push does before it does anything: load its code, and read its command line."""


def measure(say: Callable[[str], None]) -> list[dict[str, Any]]:
    """A row for each push and latency; times in seconds, the median of some rounds."""
    rows: list[dict[str, Any]] = []
    for latency_ms in LATENCIES_MS:
        say(f"pushing at {latency_ms} ms a request")
        rounds = [_round(latency_ms) for _ in range(ROUNDS)]
        bare_s = round(statistics.median(each["bare_s"] for each in rounds), 3)
        for push in (FIRST, UNCHANGED, ONE_PROMPT):
            last = rounds[-1][push]
            wall_s = statistics.median(each[push]["wall_s"] for each in rounds)
            beyond_s = statistics.median(each[push]["wall_s"] - each[push]["start_s"] for each in rounds)
            rows.append(
                {
                    "push": push,
                    "latency_ms": latency_ms,
                    "wall_s": round(wall_s, 3),
                    "beyond_start_s": round(beyond_s, 3),
                    "requests": last["requests"],
                    "writes": last["writes"],
                    "bare_requests_s": bare_s if push == FIRST else None,
                    "public_engine": PUBLIC_ENGINE.get(push) if latency_ms else None,
                }
            )
    return rows


def _round(latency_ms: int) -> dict[str, Any]:
    """An empty account, a first push, a second one, and one of an edited prompt; then the bare requests."""
    measured: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder, _stand_in(latency_ms) as url:
        tree = Path(folder) / "resources"
        shutil.copytree(ROOT / "resources", tree, ignore=shutil.ignore_patterns(".vapi-state*"))
        environment = {"VAPI_BASE_URL": url, "VAPI_PRIVATE_KEY": _KEY, "BACKEND_URL": _BACKEND}
        for push in (FIRST, UNCHANGED, ONE_PROMPT):
            if push == ONE_PROMPT:
                prompt = tree / "assistants" / "router.md"
                prompt.write_text(prompt.read_text(encoding="utf-8") + "\nBe kind.\n", encoding="utf-8")
            start_s, _ = _timed([sys.executable, "-c", _START], {})
            wall_s, said = _timed([_COMMAND, "vapi", "push", "--json", "--tree", str(tree)], environment)
            measured[push] = {"start_s": start_s, "wall_s": wall_s, **json.loads(said)}
    with _stand_in(latency_ms) as url:
        measured["bare_s"] = _bare(url)
    return measured


def _timed(command: list[str], environment: dict[str, str]) -> tuple[float, str]:
    """Seconds from start to end of the command, and what it printed."""
    began = time.perf_counter()
    ran = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=True)
    return time.perf_counter() - began, ran.stdout


@contextmanager
def _stand_in(latency_ms: int) -> Generator[str]:
    """An empty account that has checked a body before, so that nobody waits for that."""
    listening = child.listen()
    config = {"private_key": _KEY, "credentials": [CREDENTIAL], "file": None}
    process = child.Child("local.vapi_stand_in", listening, config)
    try:
        process.wait_until_ready()
        url = child.address(listening)
        with httpx.Client(base_url=url, headers={"authorization": f"Bearer {_KEY}"}, timeout=60) as http:
            made = http.post("/tool", json={"type": "endCall"}).raise_for_status().json()
            http.delete(f"/tool/{made['id']}").raise_for_status()
            http.put("/_faults", json=[{"latency_s": latency_ms / 1000}]).raise_for_status()
        yield url
    finally:
        process.stop()
        listening.close()


def _bare(url: str) -> float:
    """Seconds for the requests of a first push alone."""
    tree = trees.load(ROOT / "resources")
    vapi = Vapi(url, _KEY)
    with tempfile.TemporaryDirectory() as folder:
        held = state.load(Path(folder), "bare")
        made = plan.make(tree, held, account.look(vapi, SERVING, {}), {"BACKEND_URL": _BACKEND})
    headers = {"authorization": f"Bearer {_KEY}"}
    with (
        httpx.Client(base_url=url, headers=headers, timeout=60) as http,
        ThreadPoolExecutor(IN_FLIGHT) as pool,
    ):
        began = time.perf_counter()
        list(pool.map(http.get, [*(f"{kind.path}?limit=1000" for kind in SERVING), "/credential"]))
        for kind in SERVING:
            resources = list(tree.of(kind))
            bodies = [made.now.to_wire(each.document) for each in resources]
            answers = [pool.submit(http.post, kind.path, json=body) for body in bodies]
            for resource, answer in zip(resources, answers, strict=True):
                made.now.ids[resource.key] = answer.result().raise_for_status().json()["id"]
        return time.perf_counter() - began
