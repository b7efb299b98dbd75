# ruff: noqa: T201 - it prints for who mends it
"""How well redaction does on labelled lines: what was found of each type, and what went that should not.

Lines are in YAML files; `{PHONE:604 555 0123}` marks what must go, `{ANY:...}` what may; everything else
stays. A list is a call of several turns. Only the redactor's answers are looked at: it can be any redactor.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

from ruamel.yaml import YAML

from frontdesk.privacy.redaction import Known, Person, Redactor

UNKNOWN: Final = "UNKNOWN_NAME"
"""A name neither known nor cued: what no rule can find."""
_MARK: Final = re.compile(r"\{([A-Z_]+):([^{}]*)\}")
_PLACEHOLDER: Final = re.compile(
    r"\[(PHONE|EMAIL|NAME|DOB|ADDRESS|POSTAL_CODE|HEALTH_NUMBER|SIN|CARD|ID)(?:_\d+)?\]"
)
_TELLING: Final = re.compile(r"[^\W_a-zA-Z\d]|[a-zA-Z']+|\d+")
_FILLERS: Final = frozenset(
    [
        "uh",
        "um",
        "erm",
        "er",
        "and",
        "then",
        "dash",
        "hyphen",
        "space",
        "oh",
        "so",
        "no",
        "sorry",
        "wait",
        "okay",
        "yes",
        "yeah",
        "like",
        "the",
        "at",
        "it's",
        "that's",
        "is",
        "as",
        "in",
        "嗯",
        "呃",
        "啊",
        "就",
        "是",
        "那",
        "个",
        "然",
        "后",
        "的",
        "杠",
        "哦",
        "不",
        "对",
    ]
)


class Mark(NamedTuple):
    """What a labeller marked: half-open in the turn without marks."""

    turn: int
    start: int
    end: int
    label: str


class Line(NamedTuple):
    """A labelled line and its call."""

    group: str
    language: str
    known: Known
    turns: tuple[str, ...]
    marks: tuple[Mark, ...]

    @property
    def text(self) -> str:
        """For people."""
        return " | ".join(self.turns)


class Outcome(NamedTuple):
    """What a redactor made of a line."""

    line: Line
    redacted: tuple[str, ...]
    found: tuple[bool, ...]
    """For each mark."""
    mistyped: tuple[bool, ...]
    eaten: tuple[str, ...]
    """Words that should have survived."""


class Score(NamedTuple):
    """Of all lines of one language."""

    found: Counter[tuple[str, str]]
    """By type and language."""
    marks: Counter[tuple[str, str]]
    mistyped: Counter[tuple[str, str]]
    lines: Counter[str]
    """Of each language."""
    false_lines: Counter[str]
    unmarked: Counter[str]
    """Lines in which nothing is to go."""
    false_unmarked: Counter[str]

    def recall(self, label: str, language: str) -> float:
        """Of the marks of a type the part that was found; 1 when there are none."""
        all_of_it = self.marks[label, language]
        return self.found[label, language] / all_of_it if all_of_it else 1.0

    def false_alarms(self, language: str) -> float:
        """The part of the lines that lost something they should have kept."""
        return self.false_lines[language] / max(1, self.lines[language])


def read(*paths: Path) -> list[Line]:
    """All lines of these files."""
    return [
        line
        for path in paths
        for group in cast("Any", YAML(typ="safe", pure=True)).load(path)
        for line in _lines(group)
    ]


def _lines(group: dict[str, Any]) -> Iterator[Line]:
    known = _known(group.get("known") or {})
    for written in group["lines"]:
        turns: list[str] = []
        marks: list[Mark] = []
        for number, turn in enumerate([written] if isinstance(written, str) else written):
            plain = ""
            place = 0
            for mark in _MARK.finditer(turn):
                plain += turn[place : mark.start()]
                marks.append(Mark(number, len(plain), len(plain) + len(mark[2]), mark[1]))
                plain += mark[2]
                place = mark.end()
            turns.append(plain + turn[place:])
        yield Line(group["group"], group["language"], known, tuple(turns), tuple(marks))


def _known(written: dict[str, Any]) -> Known:
    people = tuple(_person(person) for person in written.get("people", ()))
    lists = {name: tuple(written.get(name, ())) for name in ("phones", "providers", "clinic")}
    return Known(people=people, **lists)


def _person(written: Any) -> Person:
    fields: dict[str, Any] = {**written, "phones": tuple(written.get("phones", ()))}
    return Person(**fields)


def redact(line: Line) -> list[str]:
    """The turns as our redactor leaves them."""
    return Redactor(line.known).call(line.turns)


def outcomes(lines: Iterable[Line], redacted: Callable[[Line], Sequence[str]] = redact) -> Iterator[Outcome]:
    """What came of each line."""
    for line in lines:
        answers = tuple(redacted(line))
        gone = [_gone(turn, answer) for turn, answer in zip(line.turns, answers, strict=True)]
        found, mistyped = (
            zip(*(_judge(line, mark, gone[mark.turn]) for mark in line.marks), strict=True)
            if line.marks
            else ((), ())
        )
        eaten = [word for turn in range(len(line.turns)) for word in _eaten(line, turn, gone[turn])]
        yield Outcome(line, answers, found, mistyped, tuple(eaten))


def _gone(turn: str, answer: str) -> list[str]:
    """For each character of the turn the type of the placeholder that stands for it; empty where left."""
    pieces = _PLACEHOLDER.split(answer)
    if len(pieces) == 1:
        return [""] * len(turn)
    pattern = "(.+?)".join(re.escape(piece) for piece in pieces[::2])
    match = re.fullmatch(pattern, turn, re.DOTALL)
    if match is None:
        raise AssertionError(f"more than the placeholders was changed: {turn!r} became {answer!r}")
    gone = [""] * len(turn)
    for number, label in enumerate(pieces[1::2], 1):
        start, end = match.span(number)
        gone[start:end] = [label] * (end - start)
    return gone


def _judge(line: Line, mark: Mark, gone: Sequence[str]) -> tuple[bool, bool]:
    text = line.turns[mark.turn]
    labels: Counter[str] = Counter()
    left = False
    for word in _TELLING.finditer(text, mark.start, mark.end):
        labels.update(gone[word.start() : word.end()])
        if "" in gone[word.start() : word.end()] and word[0].lower() not in _FILLERS:
            left = True
    return not left, not left and labels.most_common(1) != [] and labels.most_common(1)[0][0] != mark.label


def _eaten(line: Line, turn: int, gone: Sequence[str]) -> Iterator[str]:
    text = line.turns[turn]
    marks = [mark for mark in line.marks if mark.turn == turn]
    for word in _TELLING.finditer(text):
        if not any(gone[word.start() : word.end()]):
            continue
        if any(mark.start < word.end() and word.start() < mark.end for mark in marks):
            continue
        edges = [text[mark.end : word.start()] for mark in marks if mark.end <= word.start()]
        edges += [text[word.end() : mark.start] for mark in marks if word.end() <= mark.start]
        at_edge = any(not _TELLING.search(edge) for edge in edges)
        if not (at_edge and word[0].lower() in _FILLERS):
            yield word[0]


def score(judged: Iterable[Outcome]) -> Score:
    """All outcomes together."""
    made = Score(*(Counter[Any]() for _ in range(7)))
    for outcome in judged:
        line = outcome.line
        must = [mark for mark in line.marks if mark.label != "ANY"]
        for mark, found, mistyped in zip(line.marks, outcome.found, outcome.mistyped, strict=True):
            if mark.label != "ANY":
                place = mark.label, line.language
                made.marks[place] += 1
                made.found[place] += found
                made.mistyped[place] += mistyped
        made.lines[line.language] += 1
        made.false_lines[line.language] += bool(outcome.eaten)
        if not must:
            made.unmarked[line.language] += 1
            made.false_unmarked[line.language] += bool(outcome.eaten)
    return made


if __name__ == "__main__":  # what is missed, for who mends it
    import sys

    judged = list(outcomes(read(*map(Path, sys.argv[1:]))))
    for one in judged:
        missed = [
            f"{mark.label}:{one.line.turns[mark.turn][mark.start : mark.end]}"
            for mark, found in zip(one.line.marks, one.found, strict=True)
            if not found and mark.label not in ("ANY", UNKNOWN)
        ]
        if missed or one.eaten:
            print(f"{one.line.text}\n   -> {' | '.join(one.redacted)}\n   missed {missed} eaten {one.eaten}")
    result = score(judged)
    for label, language in sorted(result.marks):
        place = label, language
        print(
            f"{label:14} {language} {result.found[place]:4}/{result.marks[place]:4}"
            f" mistyped {result.mistyped[place]}"
        )
    for language in sorted(result.lines):
        print(
            f"{language}: {result.false_lines[language]}/{result.lines[language]} false,"
            f" {result.false_unmarked[language]}/{result.unmarked[language]} of those with nothing to go"
        )
