"""Looks for keys, tokens and passwords in every file that is committed, or in every line that ever was.

    python -m supply.leaks              the files
    python -m supply.leaks --history    every line that a commit added, and every commit's message

1 when anything is found that `NOT_SECRET` doesn't explain, which is told by its place, never by its words:
who finds one revokes it first. What to look for is detect-secrets' to know; nothing is sent anywhere.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.core.scan import scan_file
from detect_secrets.settings import transient_settings

ROOT: Final = Path(__file__).parents[1]
_TOO_SHY: Final = {
    # Any hash, of which locks, tests and measurements are full; a vendor's keys are known by their form.
    *("Base64HighEntropyString", "HexHighEntropyString"),
    "IPPublicDetector",  # no secret
}
NOT_SECRET: Final = {
    "The Postgres and the stand-ins of one machine, which listen to it alone and start empty.": (
        *("local", "owner", "test", "frontdesk"),
    ),
    "A word that a test shares with a stand-in it starts itself.": (
        *(
            "a-guess-of-what-the-secret-may-be",
            "a-live-secret",
            "a-shared-secret",
            "another",
            "new",
            "of the master",
        ),
        *("old", "older", "s3cret", "secret", "unasked-for", "Word", "word", "wrong"),
    ),
    "The name of an action, a service or a resource.": (
        *("GetSecretValue", "VapiSecrets*", "arn:aws:none", "none", "secretsmanager"),
    ),
    "What was a header of Vapi's, before it was recorded.": ("REDACTED",),
    "AWS' example in its documentation.": ("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",),
}
"""What looks like a secret and opens nothing, by why."""


class Leak(NamedTuple):
    """What looks like a secret."""

    where: str
    """`path:line`, or `path in commit`, which may be one of several."""
    line: int
    kind: str
    value: str

    @property
    def explained(self) -> bool:
        """Whether it is known to open nothing."""
        return any(self.value in known for known in NOT_SECRET.values())


def in_files(folder: Path, names: Iterable[str]) -> Iterator[Leak]:
    """What is found in these files below a folder; binary ones and locks are left out."""
    plugins = [made.__name__ for made in get_mapping_from_secret_type_to_class().values()]
    chosen = [{"name": name} for name in plugins if name not in _TOO_SHY]
    with transient_settings({"plugins_used": chosen}):
        for name in names:
            for found in scan_file(str(folder / name)):
                yield Leak(
                    f"{name}:{found.line_number}", found.line_number, found.type, found.secret_value or ""
                )


def committed() -> list[str]:
    """The paths of what is committed, or would be; of everything, where there is no repository."""
    listed = _git("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if listed is not None:
        return [name for name in listed.split("\0") if name and (ROOT / name).is_file()]
    inside = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return [path.as_posix() for path in inside if not path.parts[0].startswith((".venv", "build"))]


def added() -> dict[str, dict[str, str]]:
    """Every line that ever was, each once, with a commit that has it, by file; messages by that name."""
    lines: dict[str, dict[str, str]] = {}
    commit = path = ""
    said = _git(
        *("log", "--patch", "--unified=0", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames"),
        *("--diff-merges=first-parent", "--src-prefix=a/", "--dst-prefix=b/", "--format=%x00%h%n%B%x00"),
    )
    for part, text in enumerate((said or "").split("\0")):
        # Before the first commit there is nothing; then by turns a message and what was changed.
        if part % 2:
            commit, _, message = text.partition("\n")
            lines.setdefault("messages.txt", {}).update(dict.fromkeys(message.splitlines(), commit))
            continue
        for line in text.split("\n"):
            if line.startswith("+++ "):
                path = line.removeprefix("+++ b/")
            elif line.startswith("+"):
                lines.setdefault(path, {}).setdefault(line[1:], commit)
    return lines


def in_history(lines: dict[str, dict[str, str]]) -> Iterator[Leak]:
    """What is found in those."""
    with tempfile.TemporaryDirectory(prefix="frontdesk-leaks-") as folder:
        for path, several in lines.items():
            file = Path(folder) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            # How a file's words are read goes by its name.
            file.write_text("\n".join(several) + "\n", encoding="utf-8")
            commits = list(several.values())
            for leak in in_files(Path(folder), [path]):
                yield leak._replace(where=f"{path} in {commits[leak.line - 1]}")
            file.unlink()


def _git(*command: str) -> str | None:
    """What git says; nothing where this is no repository."""
    if not (ROOT / ".git").exists():
        return None
    done = subprocess.run(["git", *command], cwd=ROOT, capture_output=True, check=True)  # noqa: S603, S607 - ours
    return done.stdout.decode("utf-8", "replace")


def main() -> None:
    """The command above."""
    parser = argparse.ArgumentParser(prog="python -m supply.leaks")
    parser.add_argument("--history", action="store_true", help="every line that ever was; takes a minute")
    if parser.parse_args().history:
        lines = added()
        found = list(in_history(lines))
        looked = f"{sum(map(len, lines.values()))} lines that ever were"
    else:
        names = committed()
        found = list(in_files(ROOT, names))
        looked = f"{len(names)} files"
    open_ = [one for one in found if not one.explained]
    for one in open_:
        print(f"{one.where}: {one.kind}", file=sys.stderr)  # noqa: T201
    print(f"{looked}: {len(found)} look like secrets, {len(open_)} of them unexplained")  # noqa: T201
    sys.exit(bool(open_))


if __name__ == "__main__":
    main()
