"""`frontdesk knowledge` in a whole stack: store, queue, reader, embedder and search are the real ones."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from local.directory import claimed
from local.stack import Stack

Knowledge = Callable[..., Result]
RAMP = "# Wheelchairs\n\nThe ramp is at the side door on Elm Street.\n"


@pytest.fixture
def knowledge(running_stack: Stack, tmp_path: Path) -> Knowledge:
    """The command, about Harbour Clinic's documents; its answer."""
    home = tmp_path / "home"

    def run(*words: str) -> Result:
        with claimed(home):
            running_stack.addresses.write(home)
            options = ("--data", str(home), "--org", "Harbour Clinic")
            return CliRunner().invoke(app, ["knowledge", *words, *options])

    return run


def listed(knowledge: Knowledge) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in json.loads(knowledge("list", "--json").stdout)}


def test_a_document_is_added_found_in_both_languages_and_removed(
    knowledge: Knowledge, tmp_path: Path
) -> None:
    file = tmp_path / "ramp.md"
    file.write_text(RAMP)

    added = knowledge("add", str(file))
    assert (added.exit_code, added.stdout) == (0, "ramp.md  ready  markdown, 1 passage\n"), added.output
    assert listed(knowledge)["ramp.md"]["status"] == "ready"

    asked = knowledge("search", "Is there a ramp for my wheelchair?")
    assert asked.exit_code == 0
    said, _, source, passage, *_ = asked.stdout.splitlines()
    assert said == "The ramp is at the side door on Elm Street. That's in our document “ramp”."
    assert source.endswith("  ramp.md › Wheelchairs")
    assert passage == "  The ramp is at the side door on Elm Street."
    answer = json.loads(knowledge("search", "轮椅从哪里进？", "--json").stdout)
    assert (answer["by"], answer["passages"][0]["document"]) == ("both", "ramp.md")

    assert knowledge("remove", "ramp.md").stdout == "ramp.md is deleted\n"
    assert "ramp.md" not in listed(knowledge)
    again = knowledge("remove", "ramp.md")
    assert again.exit_code == 2
    assert again.stderr.startswith("frontdesk: no document 'ramp.md'; there are: ")
    asked = knowledge("search", "Is there a ramp for my wheelchair?")
    assert asked.exit_code == 1
    assert asked.stdout.startswith("I can't find that in the clinic's information")


def test_what_can_not_be_read_says_why(knowledge: Knowledge, tmp_path: Path) -> None:
    picture, empty = tmp_path / "scan.pdf", tmp_path / "empty.txt"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(2000))
    empty.touch()

    failed = knowledge("add", str(picture))
    assert failed.exit_code == 1
    name, why, *_ = failed.stdout.splitlines()
    assert name.split() == ["scan.pdf", "failed"]
    assert why.startswith("    Its content is a picture, which can't be read. Upload a PDF")
    assert knowledge("remove", "scan.pdf").exit_code == 0

    refused = knowledge("add", str(empty))
    assert (refused.exit_code, refused.stderr) == (2, "frontdesk: bytes: The file is empty.\n")


def test_another_ones_token_is_refused(running_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRONTDESK_TOKEN", "not-a-token")

    refused = CliRunner().invoke(app, ["knowledge", "list", "--api-url", running_stack.addresses.api_url])

    assert (refused.exit_code, refused.stderr) == (
        2,
        "frontdesk: The token is not valid, or not any more.\n",
    )
