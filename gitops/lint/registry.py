"""What a rule is, and all of them. A rule's docstring is its page: what it finds, `Do:`, `Example:`."""

import importlib
import inspect
import pkgutil
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final, NamedTuple

from gitops.documents import Path
from gitops.lint.conversations import Conversations
from gitops.tree import Resource


class Severity(StrEnum):
    """Whether a finding stands in the way of a push."""

    ERROR = "error"
    WARNING = "warning"


class Found(NamedTuple):
    """What a rule says of one place."""

    resource: Resource
    path: Path
    what: str
    offset: int | None = None
    """In the text that stands there, in characters; None for all of it."""


@dataclass(frozen=True, order=True)
class Finding:
    """What a person is told."""

    file: str
    """Under the tree."""
    line: int
    rule: str
    what: str
    do: str
    severity: Severity


Looks = Callable[[Conversations], Iterator[Found]]


@dataclass(frozen=True)
class Rule:
    """One thing that is looked for."""

    name: str
    severity: Severity
    look: Looks | None
    """None for what the linter itself finds while reading files and switches."""
    docstring: str
    module: str

    @cached_property
    def subject(self) -> str:
        """The first line of its module's docstring."""
        return (importlib.import_module(self.module).__doc__ or "").partition("\n")[0]

    @cached_property
    def finds(self) -> str:
        """What it finds, in a paragraph or two."""
        return self._parts[0]

    @cached_property
    def do(self) -> str:
        """What to do about it, in one line."""
        return " ".join(self._parts[1].split())

    @cached_property
    def example(self) -> str:
        """What it would find, as a file has it."""
        return textwrap.dedent(self._parts[2])

    @cached_property
    def _parts(self) -> tuple[str, str, str]:
        finds, _, rest = self.docstring.partition("\n\nDo:")
        do, _, example = rest.partition("\n\nExample:\n")
        if not (finds and do.strip() and example.strip()):
            raise LookupError(f"the docstring of rule {self.name} must have `Do:` and `Example:`")
        return finds, do, example


_RULES: Final[dict[str, Rule]] = {}


def rule(severity: Severity = Severity.ERROR) -> Callable[[Looks], Looks]:
    """Makes a function a rule; its name is the function's, with hyphens."""

    def registered(look: Looks) -> Looks:
        _add(look.__name__.replace("_", "-"), severity, look, look.__doc__ or "", look.__module__)
        return look

    return registered


def told(name: str, docstring: str, *, module: str, severity: Severity = Severity.ERROR) -> str:
    """Makes a rule of what needs no look of its own; returns its name."""
    _add(name, severity, None, docstring, module)
    return name


def rules() -> dict[str, Rule]:
    """Every rule by name, in the order of the modules under `rules/`, which are the list."""
    from gitops.lint import rules as package

    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    return {each.name: each for each in sorted(_RULES.values(), key=lambda each: each.module)}


def _add(name: str, severity: Severity, look: Looks | None, docstring: str, module: str) -> None:
    if name in _RULES:
        raise ValueError(f"two rules are called {name}")
    _RULES[name] = Rule(name, severity, look, inspect.cleandoc(docstring), module)
