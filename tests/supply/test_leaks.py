"""What a scan for secrets finds, and how it tells."""

import os
import random
import string
import subprocess
from pathlib import Path

import pytest

from supply import leaks
from supply.leaks import NOT_SECRET, added, committed, in_files, in_history

RANDOM = random.Random(7)


def made_up(length: int, letters: str = string.ascii_letters + string.digits) -> str:
    """Never written down, or the scan would find it here."""
    return "".join(RANDOM.choices(letters, k=length))


PLANTED = {
    "AWS Access Key": "AKIA" + made_up(16, string.ascii_uppercase + string.digits),
    "GitHub Token": "ghp_" + made_up(36),
    "OpenAI Token": f"sk-{made_up(20)}T3BlbkFJ{made_up(20)}",
    "Private Key": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "Secret Keyword": f'password = "{made_up(24)}"',
    "Stripe Access Key": "sk_live_" + made_up(24),
    "Twilio API Key": "SK" + made_up(32, "0123456789abcdef"),
}


@pytest.mark.parametrize("kind", PLANTED)
def test_a_key_in_a_file_is_found(tmp_path: Path, kind: str) -> None:
    (tmp_path / "settings.py").write_text(f"first = 1\n{PLANTED[kind]}\n")

    found = list(in_files(tmp_path, ["settings.py"]))

    assert kind in {one.kind for one in found}
    assert all((one.where, one.explained) == ("settings.py:2", False) for one in found)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With a key that was committed and taken out again, and another in a merge's message."""
    monkeypatch.setattr(leaks, "ROOT", tmp_path)
    key = PLANTED["GitHub Token"]

    def git(*command: str) -> None:
        who = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org")
        quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        subprocess.run(["git", *who, *command], cwd=tmp_path, check=True, env={**os.environ, **quiet})

    def commit(text: str, message: str) -> None:
        (tmp_path / "settings.py").write_text(text)
        git("add", ".")
        git("commit", "--quiet", "--message", message)

    git("init", "--quiet")
    commit("first = 1\n", "Begin")
    commit(f"first = 1\ntoken = '{key}'\n", "Add a token")
    commit("first = 2\n", "Take it out again")
    git("checkout", "--quiet", "-b", "side", "HEAD~1")
    commit(f"first = 1\ntoken = '{key}'\nlast = 3\n", "Go on")
    git("checkout", "--quiet", "-")
    git("merge", "--quiet", "--strategy=ours", f"--message=Merge {PLANTED['Stripe Access Key']}", "side")
    return tmp_path


def test_what_was_committed_once_and_taken_out_is_found_with_its_commit(repository: Path) -> None:
    assert list(in_files(repository, committed())) == []

    found = {one.kind: one for one in in_history(added())}

    commit = subprocess.run(
        ["git", "log", "--format=%h", "--grep=Add a token"],
        cwd=repository,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    assert found["GitHub Token"].where == f"settings.py in {commit}"
    assert found["Stripe Access Key"].where.startswith("messages.txt in ")


def test_without_a_repository_every_file_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leaks, "ROOT", tmp_path)
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "of_others.py").touch()
    (tmp_path / "settings.py").touch()

    assert (committed(), added()) == (["settings.py"], {})


def test_what_is_found_is_told_by_its_place_and_not_repeated(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["leaks", "--history"])

    with pytest.raises(SystemExit) as ended:
        leaks.main()

    assert ended.value.code == 1
    said = "".join(capsys.readouterr())
    assert "settings.py in" in said
    assert not any(key in said for key in PLANTED.values())


def test_each_exception_is_about_something_that_is_or_was_here() -> None:
    """And no two are about the same; the words stand in some file, or nobody needs the exception."""
    known = [word for several in NOT_SECRET.values() for word in several]
    text = "\n".join(
        (leaks.ROOT / name).read_text("utf-8", "replace") for name in committed() if name != "supply/leaks.py"
    )

    assert len(known) == len(set(known))
    assert [word for word in known if word not in text] == []
