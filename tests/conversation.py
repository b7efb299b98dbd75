"""A call as Vapi tells of it, message by message, straight into what follows from it."""

import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from frontdesk.calls import allowed, following
from tests.clinic import Clinic


@dataclass
class Conversation:
    """One call's messages; its clock is this machine's, for the rows' is."""

    clinic: Clinic
    call: str = "call-1"
    kind: str = "inboundPhoneCall"
    began: datetime = field(default_factory=lambda: datetime.now(UTC) - timedelta(seconds=30))
    history: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def said(self, role: str, text: str, **fields: Any) -> None:
        """`bot` or `user` said something, now."""
        entry = {"role": role, "message": text, "time": time.time() * 1000, "secondsFromStart": 1.5}
        self.history.append(entry | fields)

    def message(self, type_: str, **fields: Any) -> dict[str, Any]:
        customer = {"number": self.clinic.caller} if self.clinic.caller else {}
        return {
            "type": type_,
            "timestamp": int(time.time() * 1000),
            "call": {"id": self.call, "type": self.kind, "customer": customer},
            "phoneNumber": {"number": self.clinic.number},
            "customer": customer,
            **fields,
        }

    def tell(self, message: dict[str, Any], *, seconds: float = 20) -> None:
        """Follows a message, as its queue does: what was kept of it, with so long to do it."""
        kept = json.loads(json.dumps(allowed.allowed(message)))
        following.follow(kept, allowed.content_hash(kept), time.monotonic() + seconds)

    def status(self, status: str, **fields: Any) -> None:
        self.tell(self.message("status-update", status=status, **fields))

    def report(self, **fields: Any) -> dict[str, Any]:
        """The end-of-call report of all that was said."""
        artifact = {"messages": list(self.history)} | fields.pop("artifact", {})
        return self.message(
            "end-of-call-report",
            **{
                "endedReason": "customer-ended-call",
                "startedAt": self.began.isoformat(),
                "endedAt": datetime.now(UTC).isoformat(),
                "cost": 0.0421,
                "analysis": {"summary": "The caller spoke to the desk."},
                "artifact": artifact,
                **fields,
            },
        )

    def end(self, **fields: Any) -> dict[str, Any]:
        """Ends the call with its report, and gives it back."""
        report = self.report(**fields)
        self.tell(report)
        return report

    def row(self) -> dict[str, Any]:
        """The call's row."""
        return self.clinic.all("SELECT to_jsonb(c) FROM calls c WHERE id = %s", self.call)[0][0]

    def turns(self) -> list[tuple[str, str]]:
        """Who said what, as stored."""
        query = "SELECT role, text FROM transcripts WHERE call_id = %s ORDER BY place"
        return [tuple(row) for row in self.clinic.all(query, self.call)]

    def notices(self) -> list[tuple[str, str]]:
        """What the clinic is told of this call beside its visits."""
        query = (
            "SELECT kind, of FROM notifications WHERE call_id = %s"
            " AND kind IN ('promise_broken', 'emergency', 'call_lost') ORDER BY id"
        )
        return [tuple(row) for row in self.clinic.all(query, self.call)]
