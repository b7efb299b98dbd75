"""For each queue's function: something to do, a change of it, how time heals, and that it was done once."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final

from frontdesk import aws
from local import demo
from tests.agents.conftest import Platform
from tests.calendars.syncs import Synced, at
from tests.calls.conftest import STORE, Line
from tests.clinic import MAPLE_NUMBER, Clinic
from tests.emr import desks
from tests.emr.desks import Desk
from tests.emr.oscars import OscarWorld
from tests.knowledge.conftest import Library

CASES: Final = {
    "agents/on_agent_saved": "saved_agents",
    "calendars/sync": "synced_calendar",
    "calls/keep_entries": "kept_entries",
    "calls/on_message": "reported_calls",
    "emr/sync": "read_emr",
    "knowledge/on_document_uploaded": "uploaded_documents",
}
"""By fixture."""
Message = dict[str, Any]


@dataclass
class ReportedCalls:
    """Calls that end: their reports lie in the store, and their keys in the queue."""

    line: Line
    clinic: Clinic
    ids: "count[int]" = field(default_factory=count)
    calls: list[str] = field(default_factory=list[str])

    def begin(self, **artifact: str) -> Message:
        self.calls.append(f"dying-{next(self.ids)}")
        self.clinic.ask("get_clinic_info", call=self.calls[-1])
        now = datetime.now(UTC)
        said = [{"role": role, "message": "Hello.", "time": nth} for nth, role in enumerate(("bot", "user"))]
        return self._told(
            "end-of-call-report",
            endedReason="customer-ended-call",
            startedAt=(now - timedelta(minutes=2)).isoformat(),
            endedAt=now.isoformat(),
            analysis={"summary": "They asked for the hours."},
            artifact={"messages": said, **artifact},
        )

    def change(self) -> Message:
        return self._told("status-update", status="ended", endedReason="customer-ended-call")

    def heal(self) -> list[Message]:
        return []

    def check(self) -> None:
        done = self.clinic.all(
            "SELECT c.id, c.reported_at IS NOT NULL, c.ended_at IS NOT NULL, c.flags,"
            " (SELECT count(*) FROM transcripts t WHERE t.call_id = c.id),"
            " (SELECT count(*) FROM call_messages m WHERE m.call_id = c.id AND m.type LIKE 'end-of-call%%'),"
            " (SELECT count(*) FROM notifications n WHERE n.call_id = c.id)"
            " FROM calls c WHERE c.id LIKE 'dying-%%' ORDER BY c.started_at, c.id"
        )
        assert sorted(done) == sorted((one, True, True, list[str](), 2, 1, 0) for one in self.calls)

    def _told(self, kind: str, **fields: Any) -> Message:
        status, _ = self.line.tell(kind, call=self.calls[-1], **fields)
        assert status == 200
        [message] = self.line.queued()
        return message


@dataclass
class KeptEntries:
    """A clinic's name, which every call begins with: its copy is in the store."""

    clinic: Clinic
    name: str = ""
    ids: "count[int]" = field(default_factory=count)

    def begin(self) -> Message:
        self.name = f"Maple Clinic {next(self.ids)}"
        self.clinic.do("UPDATE organizations SET name = %s", self.name)
        return {"org_id": self.clinic.org_id}

    change = begin

    def heal(self) -> list[Message]:
        return []

    def check(self) -> None:
        s3 = aws.client("s3")
        keys = [one["Key"] for one in s3.list_objects_v2(Bucket=STORE)["Contents"]]
        [key] = [one for one in keys if one.startswith("entries/")]
        entry = json.loads(s3.get_object(Bucket=STORE, Key=key)["Body"].read())
        assert entry["name"] == self.name
        assert self.clinic.all("SELECT e164 FROM entry_copies") == [(MAPLE_NUMBER,)]


@dataclass
class UploadedDocuments:
    """A file of a sentence, in the store, version after version."""

    shelf: Library
    ids: "count[int]" = field(default_factory=count)
    texts: dict[str, str] = field(default_factory=dict[str, str])

    def begin(self) -> Message:
        """Of one name, so that the clinic has not more and more: each is the last one's next version."""
        return self._put("fees.txt")

    change = begin

    def heal(self) -> list[Message]:
        """A lease lasts five minutes, and a schedule takes up what has been still for as long."""
        self.shelf.clinic.do(
            "UPDATE document_versions"
            " SET leased_until = now() - interval '1 s', changed_at = now() - interval '9 min'"
            " WHERE status NOT IN ('ready', 'failed')"
        )
        return self.shelf.resumed()

    def check(self) -> None:
        assert sorted(self.shelf.texts()) == sorted(self.texts.values())
        documents, _, passages, vectors = self.shelf.left()
        assert (documents, passages) == (len(self.texts),) * 2
        assert vectors >= passages

    def _put(self, name: str) -> Message:
        self.texts[name] = f"A form costs {next(self.ids)} dollars."
        body = self.texts[name].encode()
        key = self.shelf.begin(name, len(body))
        self.shelf.put(key, body)
        return {"bucket": {"name": "the-store"}, "object": {"key": key}}


@dataclass
class SavedAgents:
    """Agents with an assistant each at Vapi."""

    platform: Platform
    clinic: Clinic
    ids: "count[int]" = field(default_factory=count)
    messages: list[Any] = field(default_factory=list[Any])

    def begin(self) -> Message:
        self.messages.append(self.platform.save())
        return self.messages[-1].model_dump(mode="json")

    def change(self) -> Message:
        saved = self.messages[-1]
        self.platform.save(agent_id=saved.agent_id, greeting=f"Hello, {next(self.ids)}.")
        return saved.model_dump(mode="json")

    def heal(self) -> list[Message]:
        """A lease lasts a minute."""
        self.clinic.do(
            "UPDATE agents SET leased_until = now() - interval '1 s' WHERE leased_until IS NOT NULL"
        )
        self.clinic.do("UPDATE leases SET until = now() - interval '1 s'")
        return []

    def check(self) -> None:
        there = self.platform.assistants()
        of = sorted(one["metadata"]["agentId"] for one in there)
        assert of == sorted(str(one.agent_id) for one in self.messages)
        assert {len(ids) for ids in self.platform.tools().values()} == {1}
        for saved in self.messages[-2:]:
            agent = self.platform.agent(saved)
            assert agent.sync == "synced"
            [assistant] = [one for one in there if one["metadata"]["agentId"] == str(saved.agent_id)]
            assert agent.greeting in assistant["firstMessage"]


@dataclass
class SyncedCalendar:
    """Visits of a provider whose calendar is at Google."""

    synced: Synced
    ids: "count[int]" = field(default_factory=count)

    def begin(self) -> Message:
        days, quarter = divmod(next(self.ids), 12)
        self.synced.book(at(days, 9 + quarter // 4, 15 * (quarter % 4)))
        return {"org_id": self.synced.clinic.org_id, "connection_id": self.synced.connection_id}

    change = begin

    def heal(self) -> list[Message]:
        """Whoever syncs is taken for dead after two minutes."""
        self.synced.clinic.do(
            "UPDATE calendar_connections SET due_at = now(), leased_until = NULL,"
            " syncing_until = CASE WHEN syncing_until IS NOT NULL THEN now() - interval '1 s' END"
        )
        return []

    def check(self) -> None:
        self.synced.assert_agrees()
        assert not any(is_due for *_, is_due in self.synced.rows())


@dataclass
class ReadEmr:
    """A diary in OSCAR, in which the clinic's own people book."""

    desk: Desk
    world: OscarWorld
    chart: str
    ids: "count[int]" = field(default_factory=count)

    def begin(self) -> Message:
        day, half = divmod(next(self.ids), 6)
        when = desks.at(desks.days()[day % 3], "09:00") + timedelta(minutes=30 * half)
        self.world.staff_book(when, 30, patient_id=self.chart)
        self.heal()
        return {"org_id": demo.WILLOW, "found_at": datetime.now(UTC).isoformat()}

    change = begin

    def heal(self) -> list[Message]:
        """Whoever reads is taken for dead after two minutes, and the next time comes that all is read."""
        self.desk.line.do("UPDATE emr_connections SET due_at = now(), syncing_until = NULL, synced_at = NULL")
        return []

    def check(self) -> None:
        kept = self.desk.line.all("SELECT emr_id FROM emr_visits WHERE status <> 'cancelled' ORDER BY 1")
        there = [one for one in self.world.rows() if not (one.get("status") or "").startswith("C")]
        assert sorted(one for (one,) in kept) == sorted(str(one["id"]) for one in there)
        assert self.desk.line.all("SELECT sync_failure FROM emr_connections") == [(None,)]
