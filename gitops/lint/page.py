"""docs/lint.md, made from the rules' own docstrings."""

from itertools import groupby
from typing import Final

from gitops.lint.registry import Rule, Severity, rules

_HEAD: Final = """\
# What the linter looks for

`frontdesk vapi lint` reads a tree of resources without the network and says, for each finding, the file,
the line, the rule and what to do. It exits 1 when there is an error; a warning doesn't fail. A new rule is
one function under `gitops/lint/rules/`; `frontdesk tools render` makes this page of the docstrings there.

## Switching a rule off

A comment switches one rule off for its file, in YAML and in the front matter of Markdown alike:

```yaml
# lint: off city because the closing line names the branch that this squad is for
```

Without a reason it switches nothing off and is a finding itself (`switch`); when the rule finds nothing
there, it is a warning (`idle-switch`).

## A filler in a prompt

While a tool works, the caller hears one short sentence, once. It is either the tool's (a `request-start`
message) or the prompt's, and which one may differ by language: conditions on the argument `language` silence
a tool on one track. The tool's is the better one: what a model says in the turn of a tool call may never be
spoken. So that this can be checked, a prompt writes a filler as a sentence in quotation marks
right after *say* or 先说 / 说一句, within one sentence that also has the tool's name:

```markdown
Call `find_earliest_appointment`, and first say "Let me see."
调用 `find_earliest_appointment` 时，先说一句“我看一下有哪些时间。”
```
"""


def page() -> str:
    """The page's text."""
    parts = [_HEAD]
    for subject, group in groupby(rules().values(), key=lambda each: each.subject):
        title, _, rest = subject.removesuffix(".").partition(": ")
        parts.append(f"## {title}\n\n{rest[:1].upper()}{rest[1:]}.\n" if rest else f"## {subject}\n")
        parts += [_entry(each) for each in group]
    return "\n".join(parts)


def _entry(rule: Rule) -> str:
    warning = " (warning)" if rule.severity is Severity.WARNING else ""
    example = "\n".join(f"    {line}".rstrip() for line in rule.example.splitlines())
    return f"### `{rule.name}`{warning}\n\n{rule.finds}\n\n**Do:** {rule.do}\n\n{example}\n"
