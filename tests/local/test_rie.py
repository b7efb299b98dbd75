"""Functions in AWS's own emulator: what only the real runtime shows (bundle, environment, timeout)."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from cli import vapi
from infra import packaging
from infra.routes import Route
from local import child, rie, scripts, stack
from local.errors import EmulatorFailed
from local.gateway import Gateway
from local.player import Answered, Player
from local.stack import Stack
from tests.local.plays import PLAYS, play

pytestmark = pytest.mark.slow

ECHO = """
import os, sys, time
from pathlib import Path

def handler(event, context):
    match event.get("body"):
        case "raise": raise RuntimeError("as asked")
        case "die": os._exit(3)
        case "sleep": time.sleep(30)
    return {
        "pid": os.getpid(), "path": sys.path, "folder": str(Path.cwd()), "environment": dict(os.environ),
        "left_ms": context.get_remaining_time_in_millis(), "memory": context.memory_limit_in_mb,
    }
"""
ROUTE = Route(
    method="POST",
    path="/echo",
    function="Echo",
    handler="functions.tools.echo.handler.handler",
    environment={"FRONTDESK_STAGE": "dev", "ECHO": "from the template", "FRONTDESK_ELSEWHERE": None},
    # The emulator counts a cold start in, which on a busy machine may take more than a second.
    timeout_s=5,
    memory_mb=512,
)


@pytest.fixture(scope="module")
def emulator() -> Path:
    """Fetched once; without a network, or off Linux, and only there, this module is skipped."""
    try:
        return rie.fetched()
    except EmulatorFailed as failed:
        if "Request failed" in str(failed) or "runs on Linux" in str(failed):
            pytest.skip(str(failed))
        raise


@pytest.fixture(scope="module")
def gateway(emulator: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    root = tmp_path_factory.mktemp("bundle")
    folder = root / "tasks" / "tools" / "echo" / "functions" / "tools" / "echo"
    folder.mkdir(parents=True)
    folder.joinpath("handler.py").write_text(ECHO)
    with child.listen() as listening, (root / "log").open("wb") as log:
        runtime = rie.Runtime(emulator, root)
        made = Gateway(
            listening, lambda: [ROUTE], {"FRONTDESK_STAGE": "local"}, rie=lambda: runtime, workers=1, log=log
        )
        made.start()
        yield made
        made.stop()


def ask(gateway: Gateway, body: str = "") -> httpx.Response:
    return httpx.post(f"{gateway.url}/echo", content=body, headers={"content-type": "text/plain"}, timeout=25)


def family(process: psutil.Process | None = None) -> list[psutil.Process]:
    return (process or psutil.Process()).children(recursive=True)


def newly(others: list[psutil.Process]) -> list[psutil.Process]:
    """Who came since, and is no child of theirs: the tests' own Postgres has new ones all the time."""
    theirs = {below for other in others if other.is_running() for below in family(other)}
    return [each for each in family() if each not in others and each not in theirs]


def _is_alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def emulator_of(response: httpx.Response) -> psutil.Process:
    above = psutil.Process(response.json()["pid"]).parent()
    assert above is not None
    return above


def emulators(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [each for each in processes if _is_alive(each) and each.name().startswith("aws-lambda-rie")]


def of_tools(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Without those that take in the clinics' documents meanwhile."""
    return [each for each in emulators(processes) if any("functions.tools." in one for one in each.cmdline())]


def test_a_function_sees_its_template_and_its_bundle_and_nothing_of_this_machine(
    gateway: Gateway, emulator: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, Any] = ask(gateway).json()

    variables = seen["environment"]
    assert (variables["FRONTDESK_STAGE"], variables["ECHO"]) == ("local", "from the template")
    assert "FRONTDESK_ELSEWHERE" not in variables
    assert {"HOME", "VIRTUAL_ENV", "PYTEST_CURRENT_TEST"}.isdisjoint(variables)
    assert (variables["AWS_LAMBDA_FUNCTION_NAME"], seen["memory"]) == ("Echo", "512")
    assert 0 < seen["left_ms"] <= 5000
    assert seen["folder"].endswith("tasks/tools/echo")
    root = seen["folder"].removesuffix("/tasks/tools/echo")
    assert seen["path"][0] == seen["folder"]
    assert f"{root}/layers/dependencies/python" in seen["path"]
    assert f"{root}/layers/core/python" in seen["path"]
    assert not [path for path in seen["path"] if "site-packages" in path or path == str(packaging.ROOT)]


@pytest.mark.parametrize(("how", "is_ended"), [("raise", False), ("die", True), ("sleep", True)])
def test_a_function_that_fails_or_takes_too_long_is_a_500_and_the_next_call_works(
    gateway: Gateway, how: str, is_ended: bool
) -> None:
    before = ask(gateway).json()["pid"]

    since = time.monotonic()
    response = ask(gateway, how)
    took_s = time.monotonic() - since

    assert (response.status_code, response.text) == (500, '{"message":"Internal Server Error"}')
    assert how != "sleep" or 5 <= took_s < 25
    after = ask(gateway).json()["pid"]
    assert (after != before) is is_ended
    assert psutil.pid_exists(before) is not is_ended


def test_an_emulator_that_was_killed_is_replaced(gateway: Gateway) -> None:
    emulator = emulator_of(ask(gateway))
    emulator.kill()

    assert [ask(gateway).status_code for _ in range(2)][-1] == 200
    assert not _is_alive(emulator)


def test_nothing_outlives_a_worker_that_is_killed(gateway: Gateway) -> None:
    worker = emulator_of(ask(gateway)).parent()
    assert worker is not None
    below = family(worker)
    assert len(below) == 2

    worker.kill()

    assert psutil.wait_procs(below, timeout=20)[1] == []
    gateway.start()
    assert ask(gateway).status_code == 200


@dataclass(frozen=True)
class Emulated:
    """A stack whose functions run in emulators."""

    stack: Stack
    others: list[psutil.Process]
    """Who ran before it."""
    end: Callable[[], None]
    log: Path


@pytest.fixture(scope="module")
def emulated(emulator: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulated]:
    home = tmp_path_factory.mktemp("emulated")
    others = family()
    with ExitStack() as ends:
        log = ends.enter_context(home.joinpath("log").open("wb"))
        running = ends.enter_context(stack.running(home / "data", runtime="rie", workers=1, log=log))
        vapi.push_squad(running.addresses, lambda _: None)
        yield Emulated(running, others, ends.close, home / "log")


@pytest.mark.parametrize("name", PLAYS)
def test_a_scripted_call_goes_as_its_script_wants_from_the_bundle_too(emulated: Emulated, name: str) -> None:
    assert play(emulated.stack, name)


def test_emulators_hear_this_machine_only_are_replaced_after_an_edit_and_end_with_the_stack(
    emulated: Emulated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last of those that talk to this stack."""
    running, others = emulated.stack, emulated.others
    plays = list(Player(scripts.load("booking"), running.addresses).play())
    answers = [event for event in plays if isinstance(event, Answered)]
    assert answers, emulated.log.read_text()
    assert [one for answer in answers for one in answer.objections] == [], emulated.log.read_text()

    started = of_tools(newly(others))
    called = {handler for one in started for handler in one.cmdline() if "functions.tools." in handler}
    assert len(called) == len(started)
    assert {answer.tool for answer in answers} <= {handler.split(".")[2] for handler in called}
    listening = [each for one in started for each in one.net_connections() if each.status == "LISTEN"]
    assert len(listening) == 2 * len(started)
    assert {each.laddr.ip for each in listening} == {"127.0.0.1"}

    functions = tmp_path / "functions"
    shutil.copytree(packaging.FUNCTIONS, functions)
    functions.joinpath("tools", "get_patient", "handler.py").write_text("def handler(:\n")
    monkeypatch.setattr(packaging, "FUNCTIONS", functions)
    with pytest.raises(EmulatorFailed, match="SyntaxError"):
        running.gateway.start()
    assert of_tools(newly(others)) == started
    monkeypatch.undo()

    running.gateway.start()  # what an edit asks for
    assert psutil.wait_procs(started, timeout=20)[1] == []
    assert next(Player(scripts.load("booking"), running.addresses).play())
    processes = newly(others)
    emulated.end()
    assert psutil.wait_procs(processes, timeout=20)[1] == []


def test_without_a_network_the_way_out_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))

    with pytest.raises(EmulatorFailed, match="is there a network") as failed:
        rie.fetched(tmp_path / "build")

    assert "\n" not in str(failed.value)
