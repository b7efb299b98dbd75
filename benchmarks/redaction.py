"""Redaction before storage: what the labelled lines lose of each type, what they lose wrongly, and how fast.

The lines are those of tests/privacy. Speed: seconds of processor time, for groups of lines as calls and for
the worst of some texts of 100,000 characters that a rule might stumble over.
"""

import time
from itertools import groupby
from typing import Any, Final

from frontdesk.privacy.redaction import Redactor
from infra.packaging import ROOT
from tests.privacy import scoring

LINES: Final = ROOT / "tests" / "privacy" / "lines"
LONG: Final = 100_000
"""Characters."""
UNKNOWN: Final = scoring.UNKNOWN
SPEED: Final = "speed"
FALSE_ALARMS: Final = "what must survive"
_UGLY: Final = (
    *(
        "5",
        "5 ",
        " ",
        "at dot ",
        "a at gmail dot com ",
        "陈",
        "一",
        "我叫陈美玲电话六零四五五五零一二三",
        "my name is ",
    ),
    *(
        "@",
        "a.",
        "一九九零年一月",
        "陈先生",
        "m as in mary ",
        "1 street ",
        "路1号",
        "phone five ",
        "a b c d ",
    ),
)


def measure() -> list[dict[str, Any]]:
    """A row for each type and language, one a language for what must survive, and one of the speed."""
    lines = scoring.read(*sorted(LINES.glob("*.yml")))
    score = scoring.score(scoring.outcomes(lines))
    rows: list[dict[str, Any]] = [
        {
            "what": label,
            "language": language,
            "marks": score.marks[label, language],
            "recall": round(score.recall(label, language), 4),
            "mistyped": score.mistyped[label, language],
        }
        for label, language in sorted(score.marks)
    ]
    rows += [
        {
            "what": FALSE_ALARMS,
            "language": language,
            "lines": score.lines[language],
            "false_alarms": round(score.false_alarms(language), 4),
        }
        for language in sorted(score.lines)
    ]
    return [*rows, _speed(lines)]


def _speed(lines: list[scoring.Line]) -> dict[str, Any]:
    calls = [list(call) for _, call in groupby(lines, key=lambda line: (line.known, line.group))]
    began = time.process_time()
    for call in calls:
        Redactor(call[0].known).call([turn for line in call for turn in line.turns])
    took_s = time.process_time() - began
    megabytes = sum(len(turn.encode()) for line in lines for turn in line.turns) / 1e6
    worst_s = max(map(_seconds, _UGLY))
    return {
        "what": SPEED,
        "language": "",
        "mb_per_s": round(megabytes / took_s, 3),
        "ordinary_100k_s": round(_seconds("\n".join(line.text for line in lines)), 3),
        "worst_100k_s": round(worst_s, 3),
    }


def _seconds(piece: str) -> float:
    text = (piece * (LONG // len(piece) + 1))[:LONG]
    began = time.process_time()
    Redactor().redact(text)
    return time.process_time() - began
