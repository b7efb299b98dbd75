"""`frontdesk knowledge`: what can't be done, and vectors made anew. The rest needs a stack: tests/local."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from frontdesk.knowledge import reembedding
from frontdesk.knowledge.embedding import ENCODER, TITAN
from local.addresses import Addresses, HmacPlan
from local.directory import claimed
from tests.clinic import Clinic
from tests.knowledge import shelf
from tests.knowledge.test_embedders import Bedrock, bedrock
from tests.knowledge.test_reembedding import QUESTIONS

__all__ = ["bedrock"]
NOWHERE = "http://127.0.0.1:9"


def knowledge(*words: str) -> Result:
    return CliRunner().invoke(app, ["knowledge", *words])


@pytest.mark.parametrize(
    "words", [["add", __file__], ["list"], ["search", "Where can I park?"], ["remove", "a.md"], ["reembed"]]
)
def test_without_a_stack_it_says_how_to_start_one(words: list[str], tmp_path: Path) -> None:
    failed = knowledge(*words, "--data", str(tmp_path))

    assert failed.exit_code == 2
    assert f"no stack runs on {tmp_path}; start one with `frontdesk dev`" in failed.stderr


def test_another_api_asks_for_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FRONTDESK_TOKEN", raising=False)
    refused = knowledge("list", "--api-url", NOWHERE)
    assert (refused.exit_code, refused.stderr) == (
        2,
        f"frontdesk: set FRONTDESK_TOKEN to a member's token of the clinic, for {NOWHERE}\n",
    )

    monkeypatch.setenv("FRONTDESK_TOKEN", "a-token")
    silent = knowledge("list", "--api-url", NOWHERE)
    assert (silent.exit_code, silent.stderr) == (
        2,
        f"frontdesk: no answer from {NOWHERE} (ConnectError); is it running?\n",
    )


def test_a_file_that_is_not_there_is_named_before_anything_is_sent(tmp_path: Path) -> None:
    failed = knowledge("add", str(tmp_path / "gone.pdf"), "--api-url", NOWHERE)

    assert failed.exit_code == 2
    assert "does not exist" in failed.stderr


@pytest.mark.parametrize("org", [[], ["--org", "Mapel"]])
def test_of_several_clinics_one_is_named(org: list[str], tmp_path: Path) -> None:
    clinics = [{"id": name[0], "name": f"{name} Clinic", "jwt": "a-token"} for name in ("Maple", "Harbour")]
    with claimed(tmp_path):
        Addresses(NOWHERE, "", "", "", HmacPlan(""), "", "", clinics).write(tmp_path)
        failed = knowledge("list", "--data", str(tmp_path), *org)

    assert failed.exit_code == 2
    assert "name the clinic with --org; there are: Maple Clinic, Harbour Clinic" in failed.stderr


def test_vectors_are_made_anew_by_another_model_and_that_is_told(
    clinic: Clinic, bedrock: Bedrock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reembedding, "SEARCH_ENDS_S", 0.01)  # nobody searches meanwhile
    shelf.put(clinic, "parking.md", "Park behind the house.", "The first hour is free.")

    told = knowledge("reembed", "--org", "Maple Clinic", "--model", TITAN, "--json")

    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout) == {
        "model": TITAN,
        "organizations": [{"id": clinic.org_id, "name": "Maple Clinic", "passages": 2}],
    }
    assert clinic.all("SELECT DISTINCT model FROM chunk_embeddings") == [(TITAN,)]
    asked = len(bedrock.asked)
    assert asked == 2 + QUESTIONS, "passages, and what the digest is made of"
    again = knowledge("reembed", "--model", TITAN)
    assert "     2  Maple Clinic\n" in again.stdout
    assert again.stdout.endswith(f"by {TITAN}\n")
    assert len(bedrock.asked) == asked, "done is done"


def test_reembedding_stops_with_the_reason_and_leaves_the_old(clinic: Clinic, bedrock: Bedrock) -> None:
    shelf.put(clinic, "parking.md", "Park behind the house.")
    bedrock.answer = b"nonsense"

    failed = knowledge("reembed", "--model", TITAN)

    assert (failed.exit_code, failed.stdout) == (2, "")
    assert failed.stderr == "frontdesk: no embedding in the answer\n"
    assert clinic.all("SELECT DISTINCT model FROM chunk_embeddings") == [(ENCODER,)]
    unknown = knowledge("reembed", "--model", "titan")
    assert (unknown.exit_code, unknown.stderr) == (
        2,
        f"frontdesk: no model 'titan'; there are: {TITAN}, {ENCODER}\n",
    )
