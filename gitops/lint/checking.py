"""Runs every rule over a tree, and finds the lines."""

from collections.abc import Iterator

from gitops import documents
from gitops.lint import registry
from gitops.lint.conversations import Conversations
from gitops.lint.registry import Finding, Found, Rule
from gitops.lint.rules import switches
from gitops.lint.shapes import dig
from gitops.tree import Resource, Tree, faults


def check(tree: Tree) -> list[Finding]:
    """Everything that can be known without the network, by file and line; empty when all is well."""
    rules = registry.rules()
    found = [*_faults(tree, rules), *_looked_for(tree, rules)]
    return sorted(set(switches.heeded(tree, found, rules)))


def line_of(resource: Resource, path: documents.Path, offset: int | None = None) -> int:
    """The line of a value, or of a place in its text, as near as the file lets one say."""
    text = resource.file.read_text(encoding="utf-8")
    start = documents.line_of(text, resource.file.suffix, path)
    value = dig(resource.document, *path)
    if offset is None or not isinstance(value, str):
        return start
    if (at := text.find(value)) >= 0 and "\n" in value:  # a prompt in Markdown stands there as it is
        return text.count("\n", 0, at + offset) + 1
    begin, end = value.rfind("\n", 0, offset) + 1, value.find("\n", offset)
    words = value[begin : end if end >= 0 else None].strip()
    lines = text.splitlines()[start - 1 :]
    return start + next((n for n, line in enumerate(lines) if words and words in line), 0)


def _looked_for(tree: Tree, rules: dict[str, Rule]) -> Iterator[Finding]:
    conversations = Conversations(tree)
    for rule in rules.values():
        if rule.look:
            yield from (_finding(tree, rule, each) for each in rule.look(conversations))


def _faults(tree: Tree, rules: dict[str, Rule]) -> Iterator[Finding]:
    """What would stop a push anyway."""
    for each in faults(tree):
        rule = rules[each.rule]
        yield Finding(each.file, each.line, rule.name, each.what, rule.do, rule.severity)


def _finding(tree: Tree, rule: Rule, found: Found) -> Finding:
    file = str(found.resource.file.relative_to(tree.root))
    line = line_of(found.resource, found.path, found.offset)
    return Finding(file, line, rule.name, found.what, rule.do, rule.severity)
