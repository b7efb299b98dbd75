"""A folder of resources as files: a path under its kind's folder, without its ending, is the resource's id.

The layout is that of Vapi's public engine (github.com/VapiAI/gitops, docs/guides/file-formats.md), so
a tree made for one is read by the other. `.vapi-ignore` lists what is left alone, in both directions.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

from frontdesk.vapi.kinds import ASSISTANTS, KINDS, TOOLS, Kind, of_name
from gitops import documents, references
from gitops.documents import Document, DocumentWrong
from gitops.errors import EngineError
from gitops.references import Key

IGNORE_FILE: Final = ".vapi-ignore"
_EVALS: Final = "evals"
_SCRIPT: Final = ".ts"


@dataclass(frozen=True)
class Problem:
    """What stands in the way of a push."""

    file: str
    """Under the tree."""
    line: int
    what: str
    rule: str = "file"
    """As the linter calls it."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}"


class TreeWrong(EngineError):
    """The files can't be pushed as they are."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class NothingNamed(EngineError):
    """A word that stands for no kind and no resource."""


@dataclass(frozen=True)
class Resource:
    """One file."""

    kind: Kind
    id: str
    document: Document
    file: Path
    """Absolute."""

    @property
    def key(self) -> Key:
        """By which everything else knows it."""
        return self.kind.name, self.id

    @property
    def name(self) -> str:
        """Under the tree, without its ending: `assistants/router`."""
        return f"{self.kind.folder}/{self.id}"

    def __str__(self) -> str:
        return self.name

    @property
    def depends_on(self) -> set[Key]:
        """The resources it refers to by name."""
        return {
            (found.kind.name, found.name)
            for found in references.found_in(self.document)
            if found.kind and not references.is_uuid(found.name)
        }


@dataclass(frozen=True)
class Tree:
    """All files of a folder, in the order of writing."""

    root: Path
    resources: Mapping[Key, Resource]
    problems: list[Problem] = field(default_factory=list[Problem])
    """Files that could not be read; nothing is written while there is one."""
    ignored: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list[str])
    """What lies in it that this engine has nothing to do with, in words for people."""

    def __iter__(self) -> Iterator[Resource]:
        return iter(self.resources.values())

    def of(self, kind: Kind) -> Iterator[Resource]:
        """Those of one kind."""
        return (each for each in self if each.kind is kind)

    def is_ignored(self, kind: Kind, id_: str) -> bool:
        """Whether `.vapi-ignore` says to leave it alone."""
        return _matches(self.ignored, f"{kind.folder}/{id_}")

    def variables(self) -> set[str]:
        """The names of all `${VARIABLES}` in it."""
        return {name for each in self for name, _ in references.variables_in(each.document)}

    def problem(self, resource: Resource, path: documents.Path, what: str, rule: str = "file") -> Problem:
        """Something wrong at a place of one file."""
        text = documents.text_of(resource.file)
        line = documents.line_of(text, resource.file.suffix, path)
        return Problem(str(resource.file.relative_to(self.root)), line, what, rule)


def load(root: Path) -> Tree:
    """Reads every file; what can't be read is in `problems`."""
    ignored = _ignored(root)
    found: dict[Key, Resource] = {}
    problems: list[Problem] = []
    for kind in KINDS:
        for file in _files(root / kind.folder):
            shown = str(file.relative_to(root))
            if file.suffix == _SCRIPT:
                problems.append(Problem(shown, 1, "is a script, and none is run here; write YAML"))
                continue
            id_ = file.relative_to(root / kind.folder).with_suffix("").as_posix()
            if _matches(ignored, f"{kind.folder}/{id_}"):
                continue
            try:
                document = _known_fields(documents.parse(documents.text_of(file), file.suffix))
            except DocumentWrong as error:
                problems.append(Problem(shown, error.line, str(error)))
                continue
            resource = Resource(kind, id_, document, file)
            if resource.key in found:
                other = found[resource.key].file.name
                problems.append(Problem(shown, 1, f"has the same id as {other}"))
            found[resource.key] = resource
    return Tree(root, found, problems, ignored, list(_notes(root)))


def faults(tree: Tree) -> list[Problem]:
    """What can be said without the network: files, references and names; empty when all is well."""
    return [*tree.problems, *_unknown(tree), *_doubles(tree)]


def chosen(tree: Tree, words: Iterable[str], known: Iterable[Key] = ()) -> set[Key]:
    """The resources that words name: a kind, a folder, a path with or without ending.

    Raises:
        NothingNamed: a word that stands for nothing here.
    """
    every = [*tree.resources, *known]
    picked: set[Key] = set()
    for word in words:
        meant = _meant(tree.root, word)
        here = {key for key in every if any(_is_named(key, each) for each in meant)}
        if not here and not kinds_named(tree, [word]):
            raise NothingNamed(f"{word} names no kind and no resource of {tree.root}")
        picked |= here
    return picked


def kinds_named(tree: Tree, words: Iterable[str]) -> set[Kind]:
    """The kinds that words name whole, whether or not there is a file of them."""
    meant = {each for word in words for each in _meant(tree.root, word)}
    return {
        kind
        for kind in KINDS
        for each in meant
        if each == kind.name or f"{kind.folder}/".startswith(f"{each}/")
    }


def _meant(root: Path, word: str) -> set[str]:
    """The word as it stands, and as a path from here, both seen from the tree and without an ending."""
    plain = word.removeprefix("./").removeprefix(f"{root.name}/").rstrip("/")
    path = Path(word).resolve()
    paths = [path.relative_to(root.resolve()).as_posix()] if path.is_relative_to(root.resolve()) else []
    return {re.sub(r"\.(md|ya?ml)$", "", each) for each in (plain, *paths) if each}


def _is_named(key: Key, word: str) -> bool:
    name = f"{cast('Kind', of_name(key[0])).folder}/{key[1]}"
    return word in (key[0], name) or name.startswith(f"{word}/")


def called(kind: Kind, item: Mapping[str, Any]) -> str | None:
    """The name by which Vapi shows it; a tool's is its function's, where it has one."""
    function = item.get("function")
    if kind is TOOLS and isinstance(function, Mapping):
        return cast("Mapping[str, Any]", function).get("name") or item.get("name")
    return item.get("name")


def _files(folder: Path) -> list[Path]:
    return sorted(
        file
        for file in folder.glob("**/*")
        if file.suffix in (*documents.SUFFIXES, _SCRIPT)
        and not _is_aside(file.relative_to(folder))
        and file.is_file()
    )


def _is_aside(file: Path) -> bool:
    """Whether it is hidden, or a backup that the public engine put beside a resource."""
    return any(part.startswith(".") for part in file.parts) or ".bkp." in file.name


def _notes(root: Path) -> Iterator[str]:
    if number := len(_files(root / _EVALS)):
        yield f"{_EVALS}/ is left alone (files: {number}); rehearsed calls are simulations/ here"


def _ignored(root: Path) -> tuple[str, ...]:
    file = root / IGNORE_FILE
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return tuple(line for each in lines if (line := each.strip()) and line[0] not in "#!")


def _matches(patterns: Iterable[str], name: str) -> bool:
    return any(_pattern(pattern).fullmatch(name) for pattern in patterns)


def _pattern(glob: str) -> re.Pattern[str]:
    """`*` within a folder, `**` across folders, `?` one character."""
    parts = re.split(r"(\*\*|\*|\?)", glob)
    meant = {"**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(meant.get(part) or re.escape(part) for part in parts))


def _known_fields(document: Document) -> Document:
    """The public engine writes one field its own way, and lets `##` begin a remark after a name."""
    if "assistant_ids" in document:
        document.setdefault("assistantIds", document.pop("assistant_ids"))
    for found in references.found_in(document):
        if "##" in found.name:
            inner: Any = document
            for key in found.path[:-1]:
                inner = inner[key]
            inner[found.path[-1]] = found.name.split("##")[0].strip()
    return document


def _unknown(tree: Tree) -> Iterator[Problem]:
    """Names that stand for no file."""
    for resource in tree:
        for found in references.found_in(resource.document):
            if found.kind is None or references.is_uuid(found.name):
                continue
            if (found.kind.name, found.name) not in tree.resources:
                ignored = tree.is_ignored(found.kind, found.name)
                why = f", which {IGNORE_FILE} leaves out" if ignored else ", and there is no such file"
                what = f"refers to {found.kind.folder}/{found.name}{why}"
                yield tree.problem(resource, found.path, what, "reference")


def _doubles(tree: Tree) -> Iterator[Problem]:
    """Names that two of a kind have: Vapi would take both, and nobody could tell them apart."""
    first: dict[tuple[str, str], Resource] = {}
    for resource in tree:
        name = called(resource.kind, resource.document)
        if not isinstance(name, str):
            if resource.kind in (ASSISTANTS,):
                yield tree.problem(resource, (), "has no name")
            continue
        other = first.setdefault((resource.kind.name, name), resource)
        if other is not resource:
            path = ("function", "name") if "function" in resource.document else ("name",)
            yield tree.problem(resource, path, f"has the same name as {other}: {name}", "duplicate-name")
