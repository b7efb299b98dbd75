"""Both stages, held against rule packs and CloudFormation's own schemas: cdk-nag 3 and cfn-lint.

    python -m infra.checks            what is found and not acknowledged; 1 when there is any
    python -m infra.checks --left     also what is left, and why

Packs: AWS Solutions, HIPAA Security, Serverless. What we leave of them: `infra.acknowledged`.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from rich.console import Console

from infra.acknowledged import ACKNOWLEDGED, Left
from infra.packaging import REGION
from infra.template import keep, synthesised

_STAGES: Final = ("dev", "prod")
_HEAD: Final = re.compile(r"(?P<rule>[\w.-]+)(\[(?P<about>.*)\])?")
_LINT_LEFT: Final = (
    "W3005",  # the CDK says twice what comes first: a reference, and a dependency on the same
)


class Found(NamedTuple):
    """One finding about one construct."""

    rule: str
    about: str
    """What stands in brackets behind it."""
    where: str
    """The construct's path, from the stack's part of its name on."""


def findings(report: Any) -> Iterator[Found]:
    """Those of CDK's validation report."""
    for plugin in report["pluginReports"]:
        for violation in plugin["violations"]:
            head = _HEAD.fullmatch(violation["ruleName"])
            rule, about = (head["rule"], head["about"] or "") if head else (violation["ruleName"], "")
            for construct in violation["violatingConstructs"]:
                path = str(construct["constructPath"])
                yield Found(rule, about, re.sub(r"^frontdesk-(dev|prod)-", "", path))


def covers(left: Left, found: Found) -> bool:
    """Whether that is one of those which are left."""
    return (
        found.rule in left.rules
        and re.fullmatch(left.where, found.where) is not None
        and re.fullmatch(left.about, found.about) is not None
    )


def judged(found: Iterable[Found]) -> tuple[list[Found], Counter[Left]]:
    """What nobody has acknowledged, and how much each row of `ACKNOWLEDGED` is about."""
    open_: list[Found] = []
    left: Counter[Left] = Counter()
    for one in found:
        row = next((row for row in ACKNOWLEDGED if covers(row, one)), None)
        if row is None:
            open_.append(one)
        else:
            left[row] += 1
    return open_, left


def linted(templates: Iterable[Path]) -> str:
    """What cfn-lint says; nothing when all is well."""
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--regions", REGION]
    for rule in _LINT_LEFT:
        command += ["--ignore-checks", rule]
    done = subprocess.run(  # noqa: S603 - ours
        [*command, "--template", *map(str, templates)], capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def main() -> None:
    """The command above."""
    parser = argparse.ArgumentParser(
        prog="python -m infra.checks",
    )
    parser.add_argument("--left", action="store_true", help="show what is left, and why")
    chosen = parser.parse_args()
    console = Console()
    found: list[Found] = []
    with tempfile.TemporaryDirectory(prefix="frontdesk-checks-") as folder:
        for stage in _STAGES:
            out = Path(folder) / stage
            synthesised(stage, out, packs=True)
            keep(stage, out)
            found += findings(json.loads((out / "validation-report.json").read_text("utf-8")))
        # What prod has beside what dev has, is more of it.
        said = linted(sorted((Path(folder) / "prod").glob("*.template.json")))
    open_, left = judged(found)
    unused = [row for row in ACKNOWLEDGED if not left[row]]
    for one in open_:
        console.print(f"[red]open[/] {one.rule} {one.about} {one.where}", highlight=False, soft_wrap=True)
    for row in unused:
        console.print(f"[red]about nothing[/] {' '.join(row.rules)} {row.where}", highlight=False)
    if said:
        console.print(said, highlight=False, markup=False)
    if chosen.left:
        for row in ACKNOWLEDGED:
            console.print(f"[bold]{', '.join(row.rules)}[/]  {left[row]}", highlight=False)
            console.print(f"  {row.because}\n", highlight=False)
    console.print(
        f"{len(found)} findings of three packs: {len(open_)} open, {sum(left.values())} left for"
        f" {len(ACKNOWLEDGED)} reasons; cfn-lint: {'see above' if said else 'nothing'}",
        highlight=False,
    )
    sys.exit(1 if open_ or unused or said else 0)


if __name__ == "__main__":
    main()
