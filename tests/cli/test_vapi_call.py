import json
import signal
import subprocess
import sys
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from cli import vapi_call
from gitops.sound import RATE
from tests.vapi_account import VapiAccount, vapi_account


@pytest.fixture(scope="module")
def vapi() -> Iterator[VapiAccount]:
    with vapi_account() as account:
        yield account


@pytest.fixture
def router(vapi: VapiAccount, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("VAPI_BASE_URL", vapi.url)
    monkeypatch.setenv("VAPI_PRIVATE_KEY", vapi.key)
    return vapi.create("assistant", {"name": "router", "firstMessage": "Hello. How can I help?"})["id"]


@pytest.fixture
def tree(router: str, tmp_path: Path) -> Path:
    """A tree that was pushed: the state file is all of it that matters here."""
    state = {"assistants": {"clinic/router": {"uuid": router}}, "squads": {}}
    (tmp_path / ".vapi-state.local.json").write_text(json.dumps(state))
    return tmp_path


def test_a_call_is_printed_as_it_happens_and_recorded(tree: Path) -> None:
    out = tree / "out.wav"

    shown = run("assistants/clinic/router", "--say", "Goodbye", "--tree", str(tree), "--record", str(out))

    assert shown.exit_code == 0, shown.output
    lines = [line.split(maxsplit=1)[1] for line in shown.output.splitlines()]
    assert lines[0].startswith("connected; call ")
    assert lines[1:3] == ["router  Hello. How can I help?", "caller  Goodbye"]
    assert lines[3].startswith("router  Goodbye.  0.")  # and how long it took to begin
    assert lines[4] == "ended: assistant-ended-call"
    with wave.open(str(out), "rb") as file:
        assert file.getnframes() > RATE


def test_ctrl_c_hangs_up_and_is_no_failure(router: str) -> None:
    program = "import typer; from cli.vapi_call import call; typer.run(call)"
    with subprocess.Popen(
        [sys.executable, "-c", program, router, "--say", "never said", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        first = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=20)

    assert (process.returncode, errors) == (0, "")
    assert first["kind"] == "connected"
    last = json.loads(output.splitlines()[-1])
    assert (last["kind"], last["reason"]) == ("ended", "customer-ended-call")


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["assistants/booking"], 2, "has not been pushed: TREE/.vapi-state.local.json does not name it"),
        (["assistants/booking"], 2, "it names assistants/clinic/router"),
        (["squads/frontdesk"], 2, "run `frontdesk vapi push` first"),
        (["assistants/clinic/router", "--env", "prod"], 2, "TREE/.vapi-state.prod.json does not name it"),
        (["router"], 2, "'router' is nobody to call"),
        (["assistants/clinic/router.md", "--wav", "TREE/none.wav"], 1, "there is no file TREE/none.wav"),
        (["assistants/clinic/router", "--record", "TREE/none/out.wav"], 1, "can't be written to"),
        (["00000000-0000-4000-8000-00000000dead"], 1, "Vapi knows no assistant"),
    ],
)
def test_what_cannot_be_is_one_line_that_says_what_to_do(
    tree: Path, arguments: list[str], status: int, words: str
) -> None:
    shown = run(*(each.replace("TREE", str(tree)) for each in arguments), "--say", "x", "--tree", str(tree))

    assert (shown.exit_code, shown.output.count("\n")) == (status, 1)
    assert words.replace("TREE", str(tree)) in shown.output


def test_without_sound_hardware_it_says_what_to_give_instead(
    router: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)

    shown = run(router)

    assert shown.exit_code == 1
    assert "--say TEXT or --wav FILE" in shown.output


def run(*arguments: str) -> Any:
    app = typer.Typer()
    app.command()(vapi_call.call)
    return CliRunner().invoke(app, list(arguments))
