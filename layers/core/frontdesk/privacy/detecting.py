"""A second opinion on English: Comprehend Medical's DetectPHI, handed to a `Redactor`.

It finds what no rule can, such as names nobody announced. A failure leaves the rules' answer and is counted.
No function asks it yet: a report is redacted in a transaction, in which no other server may be waited for.
"""

from collections.abc import Iterator
from typing import Any, Final, Protocol

from aws_lambda_powertools.metrics import Metrics, MetricUnit

from frontdesk.aws import FAILED

MOST_BYTES: Final = 19_000
"""DetectPHI takes fewer than 20,000 bytes of UTF-8 (API reference, read 2026-11-21)."""
LEAST_SCORE: Final = 0.7
"""How sure it must be."""

_LABELS: Final = {
    "NAME": "NAME",
    "ADDRESS": "ADDRESS",
    "PHONE_OR_FAX": "PHONE",
    "EMAIL": "EMAIL",
    "ID": "ID",
}
"""Its types that go. DATE, AGE, PROFESSION and URL stay: a visit's date must survive; rules know births."""

_metrics: Final = Metrics(namespace="frontdesk")


class Detector(Protocol):
    """What finds more than rules do."""

    def detect(self, text: str) -> list[tuple[int, int, str]]:
        """Half-open places in the text and their labels; empty when it finds nothing, or fails."""
        ...


class ComprehendMedical:
    """Detects through DetectPHI; a text too long for one request goes in parts, cut at line ends."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def detect(self, text: str) -> list[tuple[int, int, str]]:
        """Places and labels, ascending."""
        found: list[tuple[int, int, str]] = []
        try:
            for begin, part in _parts(text):
                for entity in self._client.detect_phi(Text=part)["Entities"]:
                    label = _LABELS.get(entity["Type"])
                    if label and entity["Score"] >= LEAST_SCORE:
                        found.append((begin + entity["BeginOffset"], begin + entity["EndOffset"], label))
        except FAILED:
            _metrics.add_metric("PhiDetectionFailed", MetricUnit.Count, 1)
            _metrics.flush_metrics()
            return []
        return sorted(found)


def _parts(text: str) -> Iterator[tuple[int, str]]:
    """Where each part begins, and the part: characters up to a quarter of the bytes, so any script fits."""
    begin = 0
    while begin < len(text):
        end = min(len(text), begin + MOST_BYTES // 4)
        if end < len(text):
            line = text.rfind("\n", begin + 1, end)
            end = line + 1 if line > begin else end
        part = text[begin:end]
        if part.strip():
            yield begin, part
        begin = end
