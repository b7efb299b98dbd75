"""What every call's first prompt holds of the clinic's documents, and that it goes with them."""

import threading
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import boto3
import pytest
from moto import mock_aws

from frontdesk.calls import arrival
from frontdesk.knowledge import digest
from frontdesk.knowledge.blocks import Passage
from frontdesk.settings import settings
from tests.clinic import Clinic
from tests.embedder import StandIn
from tests.knowledge import shelf

PARKING = "You can park in the green stalls."
CHINESE_PARKING = "停车在哪里：后面的绿色车位。"


@pytest.fixture(autouse=True)
def raised(embedder: StandIn, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """The events that a bus of AWS's took, by what is told of each."""
    monkeypatch.setenv("FRONTDESK_EVENT_BUS", "the-bus")
    settings.cache_clear()
    with mock_aws():
        taken: list[Any] = []
        from frontdesk import aws

        aws.client.cache_clear()
        client = aws.client("events")
        client.create_event_bus(Name="the-bus")
        client.meta.events.register(
            "provide-client-params.events.PutEvents", lambda params, **_: taken.extend(params["Entries"])
        )
        yield taken
        aws.client.cache_clear()


def rebuilt(clinic: Clinic) -> dict[str, str]:
    """The digest by language, made anew."""
    digest.rebuild(UUID(clinic.org_id), time.monotonic() + 20)
    return dict(clinic.all("SELECT language, text FROM knowledge_digests"))


def test_it_says_what_the_documents_say_in_each_language_with_the_source(clinic: Clinic) -> None:
    shelf.put(clinic, "parking-guide.pdf", PARKING)
    shelf.put(clinic, "停车.txt", CHINESE_PARKING)

    told = rebuilt(clinic)

    assert told == {
        "en": f"Parking: {PARKING} (parking guide)",
        "zh": f"停车: {CHINESE_PARKING}（《停车》）",
    }
