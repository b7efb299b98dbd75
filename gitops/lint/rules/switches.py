"""Switches: rules that a file has switched off, and why."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gitops.lint.registry import Finding, Rule, Severity, told
from gitops.tree import Tree

_SWITCH: Final = re.compile(r"^\s*#\s*lint:(.*)$")
_OFF: Final = re.compile(r"\s*off\s+(?P<rule>[\w-]+)\s+because\s+(?P<reason>\S.*)")

MISWRITTEN: Final = told(
    "switch",
    """
    A comment that should switch a rule off for its file, but gives no reason, names no rule, or is
    written otherwise than `# lint: off RULE because REASON`. It switches nothing off.

    Do: Write `# lint: off RULE because REASON`, on a line of its own, with a name from this page.

    Example:
        # lint: off city
    """,
    module=__name__,
)
IDLE: Final = told(
    "idle-switch",
    """
    A rule is switched off for a file in which it finds nothing.

    Do: Take the comment out, so that the rule watches the file again.

    Example:
        # lint: off city because the greeting names the branch   (and the greeting no longer does)
    """,
    module=__name__,
    severity=Severity.WARNING,
)


@dataclass(frozen=True)
class Switch:
    """One comment in a file that switches a rule off."""

    file: str
    line: int
    rule: str
    """Empty when it can't be read."""


def heeded(tree: Tree, found: list[Finding], rules: dict[str, Rule]) -> list[Finding]:
    """What is left of the findings, with those about the switches themselves."""
    switches = list(_switches(tree, rules))
    off = {(each.file, each.rule) for each in switches}
    fired = {(each.file, each.rule) for each in found}
    left = [each for each in found if (each.file, each.rule) not in off]
    for each in switches:
        if not each.rule:
            left.append(_told(rules[MISWRITTEN], each, "this switches nothing off"))
        elif (each.file, each.rule) not in fired:
            left.append(_told(rules[IDLE], each, f"{each.rule} is switched off, and finds nothing here"))
    return left


def _told(rule: Rule, at: Switch, what: str) -> Finding:
    return Finding(at.file, at.line, rule.name, what, rule.do, rule.severity)


def _switches(tree: Tree, rules: dict[str, Rule]) -> Iterator[Switch]:
    for file in sorted({each.file for each in tree}):
        for line, words in _comments(file):
            meant = _OFF.fullmatch(words.rstrip())
            known = meant["rule"] if meant and meant["rule"] in rules else ""
            yield Switch(str(file.relative_to(tree.root)), line, known)


def _comments(file: Path) -> Iterator[tuple[int, str]]:
    """What follows `# lint:`, with its line; in Markdown only of the front matter, for the rest is spoken."""
    lines = file.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        if file.suffix == ".md" and number > 1 and line.rstrip() == "---":
            return
        if found := _SWITCH.match(line):
            yield number, found[1]
