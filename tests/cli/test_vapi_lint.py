"""`frontdesk vapi lint`, as a person at a terminal and a program see it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from tests.gitops.good_tree import GoodTree

EN = "assistants/booking-en.md"


@pytest.fixture
def good(tmp_path: Path) -> GoodTree:
    return GoodTree(tmp_path / "resources")


def lint(tree: GoodTree | Path, *more: str) -> tuple[int, str]:
    root = tree.root if isinstance(tree, GoodTree) else tree
    done = CliRunner().invoke(app, ["vapi", "lint", "--tree", str(root), *more])
    return done.exit_code, done.output


def test_a_good_tree_is_said_to_be_good(good: GoodTree) -> None:
    assert lint(good) == (0, "nothing to find fault with\n")
    assert lint(good, "--json") == (0, "[]\n")


def test_an_error_is_said_with_its_place_and_what_to_do_and_fails(good: GoodTree) -> None:
    good.edit(EN, "visits.", "visits in [bold]Toronto.")
    good.edit(EN, "waitSeconds", "waitSecond")

    code, said = lint(good)

    place = f"{good.root / EN}:{good.line(EN, 'Toronto')}"
    assert code == 1
    assert f"{place}: error city: names a city: Toronto\n  Leave it out; " in said
    assert said.endswith("1 error and 1 warning\n")


def test_warnings_alone_do_not_fail(good: GoodTree) -> None:
    good.edit(EN, "waitSeconds", "waitSecond")
    good.edit(EN, "maxTokens", "maxToken")
    code, said = lint(good)
    assert code == 0
    assert said.endswith("2 warnings\n")


def test_a_program_reads_the_same_as_json(good: GoodTree) -> None:
    good.edit(EN, "visits.", "visits in Toronto.")

    code, said = lint(good, "--json")

    [finding] = json.loads(said)
    assert code == 1
    assert finding == {
        "file": EN,
        "line": good.line(EN, "Toronto"),
        "rule": "city",
        "what": "names a city: Toronto",
        "do": "Leave it out; `get_clinic_info` knows the clinic's address.",
        "severity": "error",
    }


def test_a_folder_that_is_not_there_is_no_clean_tree(tmp_path: Path) -> None:
    code, said = lint(tmp_path / "nowhere")
    assert code == 2
    assert "is not a folder; name the tree with --tree" in said
