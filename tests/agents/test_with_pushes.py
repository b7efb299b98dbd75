"""Two ways to Vapi, one account: what `frontdesk vapi push` made is taken over, and the other way round."""

import shutil
from pathlib import Path

import pytest

from gitops import files
from tests.agents.conftest import URL, Platform
from tests.gitops.engine import Desk


@pytest.fixture
def desk(platform: Platform, tmp_path: Path) -> Desk:
    """The real tree, to be pushed to the platform's account."""
    shutil.copytree(files.ROOT / "resources", tmp_path / "tree")
    return Desk(tmp_path / "tree", platform.vapi, {"BACKEND_URL": URL})


def test_a_save_takes_over_the_tools_that_a_push_made(platform: Platform, desk: Desk) -> None:
    assert desk.push().is_well
    tools = platform.tools()
    saved = platform.save()

    platform.sync(saved)

    assert platform.tools() == tools
    [assistant] = platform.assistants(saved)
    assert sorted(assistant["model"]["toolIds"]) == sorted(id_ for ids in tools.values() for id_ in ids)
    assert desk.push().writes == 0


def test_a_push_takes_over_the_tools_that_a_save_made(platform: Platform, desk: Desk) -> None:
    platform.sync(platform.save())
    tools = platform.tools()

    assert desk.push().is_well

    assert platform.tools() == tools
    assert desk.push().writes == 0
