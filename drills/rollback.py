"""Taking a release back: what a redeploy of an earlier commit does, on a database that a newer one migrated.

The earlier code's migrator runs as in a deploy: it finds migrations that it doesn't know, and puts its own
policies and functions in place of the newer ones. Then its functions take a call. Then forward again.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from drills.drill import DrillFailed, Say, Stopwatch
from infra.packaging import ROOT

_READY_S: Final = 120
_CALL_S: Final = 120
_COMMAND: Final = (sys.executable, "-c", "from cli.main import app; app()")


def run(revision: str, say: Say) -> None:
    """Plays a booking on this code, on that of `revision`, and on this again, with one and the same data.

    Raises `DrillFailed`.
    """
    with tempfile.TemporaryDirectory(prefix="frontdesk-drill-") as scratch:
        earlier, data = Path(scratch) / "earlier", Path(scratch) / "data"
        Path(scratch).chmod(0o711)  # as root, Postgres runs as another user
        _git("worktree", "add", "--detach", str(earlier), revision)
        try:
            if (earlier / "uv.lock").read_bytes() != (ROOT / "uv.lock").read_bytes():
                say(f"{revision} has other packages in its lock; today's are used")
            for tree, name in ((ROOT, "this release"), (earlier, revision), (ROOT, "this release again")):
                watch = Stopwatch()
                with _stack(tree, data):
                    ready_s = watch.s
                    told = _booked(tree, data)
                say(
                    f"{name} ({_described(tree)}): migrated and up after {ready_s:.1f} s;"
                    f" {told['tool_calls']} tool calls, {told['expectations_met']} as expected"
                )
        finally:
            _git("worktree", "remove", "--force", str(earlier))


def _described(tree: Path) -> str:
    newest = max(path.name for path in (tree / "layers/core/frontdesk/db/migrations").glob("*.sql"))
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=tree, capture_output=True, text=True, check=True
    )
    return f"{commit.stdout.strip()}, schema {newest[:4]}"


@contextmanager
def _stack(tree: Path, data: Path) -> Generator[None]:
    """`frontdesk dev` of that tree on that data, once it is ready."""
    log = data.with_suffix(".log")
    with log.open("wb") as output:
        stack = subprocess.Popen(
            [*_COMMAND, "dev", "--port", "0", "--data", str(data)],
            cwd=tree,
            env=_environment(tree),
            stdout=output,
            stderr=output,
        )
        try:
            until = time.monotonic() + _READY_S
            while not (data / "stack.json").exists():
                if stack.poll() is not None or time.monotonic() > until:
                    last = log.read_text(errors="replace").strip().splitlines()[-1:]
                    raise DrillFailed(f"the stack of {tree.name} did not start: {' '.join(last)}")
                time.sleep(0.1)
            yield
        finally:
            stack.send_signal(signal.SIGINT)
            stack.wait(_READY_S)


def _booked(tree: Path, data: Path) -> dict[str, int]:
    done = subprocess.run(
        [*_COMMAND, "call", "--script", "booking", "--json", "--data", str(data)],
        cwd=tree,
        env=_environment(tree),
        capture_output=True,
        text=True,
        timeout=_CALL_S,
        check=False,
    )
    if done.returncode:
        raise DrillFailed(
            f"a booking at {tree.name} isn't as expected: {(done.stdout or done.stderr)[-600:]}"
        )
    return json.loads(done.stdout)["totals"]


def _environment(tree: Path) -> dict[str, str]:
    """Its own modules before those of the environment, which are this tree's."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join((str(tree), str(tree / "layers" / "core")))}


def _git(*arguments: str) -> None:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DrillFailed(f"git {arguments[0]} {arguments[1]}: {done.stderr.strip()}")
