"""A platform to save agents on: the real database and an account of Vapi's stand-in."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest

from frontdesk.agents import agent as agents
from frontdesk.agents import definitions, delivery, syncing
from frontdesk.agents.agent import Agent
from frontdesk.agents.registry import soon
from frontdesk.agents.syncing import Saved, Synced
from frontdesk.db.claims import clinic_transaction
from frontdesk.settings import settings
from frontdesk.vapi.api import Vapi
from local import demo
from tests.clinic import Clinic
from tests.conftest import Database
from tests.vapi_account import KEY, VapiAccount, vapi_account

URL = "https://desk.example.com"
FIELDS: dict[str, Any] = {
    "name": "Front desk",
    "template": "assistant",
    "languages": ["en", "zh"],
    "voice": "sarah",
    "greeting": "Hello, Maple Clinic.",
    "greeting_zh": "",
    "instructions": "Parking is behind the house.",
    "transfer_reasons": None,
    "model": "gpt-4o",
    "temperature": 0.3,
}


@dataclass
class Platform:
    """What tests do to it, and what they see of it."""

    vapi: VapiAccount
    owner_url: str
    transport: Any = None
    agents: list[UUID] = field(default_factory=list[UUID])

    def save(self, org_id: str = demo.MAPLE, agent_id: UUID | None = None, **fields: Any) -> Saved:
        """What the endpoint writes; the event that it raises."""
        agent_id = agent_id or uuid4()
        with clinic_transaction(UUID(org_id), soon()) as db:
            agents.save(db, agent_id, FIELDS | fields, seen=None)
        return Saved(org_id=UUID(org_id), agent_id=agent_id)

    def delete(self, saved: Saved) -> None:
        with clinic_transaction(saved.org_id, soon()) as db:
            agents.delete(db, saved.agent_id, seen=None)

    def sync(self, saved: Saved, *, key: str = KEY) -> Synced:
        """As the queue's function does it: one try a request."""
        with closing(Vapi(self.vapi.url, key, attempts=1, transport=self.transport)) as vapi:
            return syncing.sync_agent(vapi, saved)

    def agent(self, saved: Saved) -> Agent:
        with clinic_transaction(saved.org_id, soon()) as db:
            return agents.one(db, saved.agent_id)

    def assistants(self, saved: Saved | None = None) -> list[dict[str, Any]]:
        """At Vapi: all, or those of one agent."""
        found = self.vapi.all("assistant")
        wanted = saved and str(saved.agent_id)
        return [each for each in found if not wanted or each.get("metadata", {}).get("agentId") == wanted]

    def tools(self) -> dict[str, list[str]]:
        """Ids of the function tools at Vapi, by name."""
        found: dict[str, list[str]] = {}
        for tool in self.vapi.all("tool"):
            name = tool.get("function", {}).get("name", tool["type"])
            found.setdefault(name, []).append(tool["id"])
        return found

    def publish(self, **changes: str) -> None:
        """A deploy whose tools have these descriptions."""
        documents = definitions.released()
        for name, description in changes.items():
            documents[name]["function"]["description"] = description
        definitions.publish(self.owner_url, documents)


@pytest.fixture
def platform(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    with vapi_account() as vapi:
        monkeypatch.setenv("FRONTDESK_VAPI_API_URL", vapi.url)
        monkeypatch.setenv("FRONTDESK_VAPI_PRIVATE_KEY", vapi.key)
        monkeypatch.setenv("FRONTDESK_PUBLIC_URL", URL)
        settings.cache_clear()
        made = Platform(vapi, database.owner_url)
        made.publish()
        yield made
        delivery.drop()


@pytest.fixture
def maple(database: Database) -> Clinic:
    return Clinic(database.owner_url)
