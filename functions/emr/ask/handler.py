"""Lambda that asks clinics' EMRs for tools (`emr.asking`)."""

from typing import Any

from frontdesk.emr import asked


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """What came of a tool's question."""
    return asked.answer(event)
