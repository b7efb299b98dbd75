"""Where a clinic's people hear a voice: at the address that Vapi's library has for it at that moment."""

from typing import Any

import httpx
import pytest

from frontdesk.agents.choices import VOICES
from local import demo, vapi_voices
from tests.agents.conftest import Platform
from tests.member import Member, token

MAPLES = Member(token(demo.MAPLE))


@pytest.mark.parametrize("voice", VOICES)
def test_every_voice_that_may_be_chosen_can_be_heard(platform: Platform, voice: str) -> None:
    heard = MAPLES.get(f"/voices/{voice}")

    assert heard.body["voice"] == voice
    sound = httpx.get(heard.body["url"])
    assert (sound.headers["content-type"], sound.content[:4]) == ("audio/wav", b"RIFF")


def the_library_has(monkeypatch: pytest.MonkeyPatch, **fields: Any) -> None:
    def listed(provider: str, host: str) -> list[dict[str, Any]]:
        return [{"id": "another", "slug": "somebody", "previewUrl": "https://v.example/somebody.mp3"}, fields]

    monkeypatch.setattr(vapi_voices, "listed", listed)


@pytest.mark.parametrize("named", [{"slug": "sarah"}, {"providerId": "Sarah", "slug": None}])
def test_a_voice_is_found_by_either_of_its_names(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, named: dict[str, Any]
) -> None:
    the_library_has(monkeypatch, previewUrl="https://v.example/sarah.mp3?signed=1", **named)

    assert MAPLES.get("/voices/sarah").body["url"] == "https://v.example/sarah.mp3?signed=1"


@pytest.mark.parametrize(
    "url",
    [
        *(None, "", "https:", "https://[", "javascript:alert(1)", "data:audio/wav;base64,AA=="),
        *("http://v.example/sarah.mp3", "https://v.example/a\r\nset-cookie: a=b", "//v.example/sarah.mp3"),
    ],
)
def test_nobody_is_sent_to_what_is_no_recording_on_the_web(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, url: str | None
) -> None:
    the_library_has(monkeypatch, slug="sarah", previewUrl=url)

    refused = MAPLES.get("/voices/sarah")

    assert (refused.status, refused.body["detail"]) == (404, "There is no recording of this voice.")


def test_what_is_no_choice_is_no_voice(platform: Platform) -> None:
    assert MAPLES.get("/voices/darth").status == 404
    assert platform.vapi.requests() == []


def test_a_library_that_is_gone_has_no_recording(platform: Platform) -> None:
    platform.vapi.faults({"path": "/voice-library", "status": 404})

    assert MAPLES.get("/voices/sarah").status == 404


def test_a_vapi_that_does_not_answer_is_told(platform: Platform) -> None:
    platform.vapi.faults({"path": "/voice-library", "status": 500})

    assert MAPLES.get("/voices/sarah").status in (502, 503)
    assert len(platform.vapi.requests()) == 2
