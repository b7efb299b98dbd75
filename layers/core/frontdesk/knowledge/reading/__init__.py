"""A file becomes passages, in a process of its own, so that no file can hang or kill the function."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event, Timer
from typing import Any, Final, NamedTuple

from frontdesk.knowledge.blocks import Passage
from frontdesk.knowledge.reading.unreadable import REASONS, Unreadable

__all__ = ["REASONS", "Extracted", "Unreadable", "read"]

MOST_BYTES: Final = 50_000_000
MEMORY: Final = 768_000_000
"""Bytes of address space; an interpreter and its libraries have some 100 million before they begin."""
LONGEST_S: Final = 240.0
_CHILD: Final = "frontdesk.knowledge.reading.child"
_KEPT: Final = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "SYSTEMROOT", "TMPDIR")
"""Of our environment; the rest, secrets and all, is nothing to what parses a stranger's file."""


class Extracted(NamedTuple):
    """All that is known of a file that could be read."""

    kind: str
    """`pdf`, `docx`, `html`, `markdown`, `csv` or `text`."""
    pages: int | None
    """None where a format has no pages."""
    unread_pages: list[int]
    """Pages without text, pictures of text as a rule; from 1."""
    passages: list[Passage]
    """At least one."""
    suspicious: list[int]
    """Places in `passages`, from 0, of what reads like instructions to a model."""


def read(
    path: Path,
    name: str,
    *,
    ends: float,
    progress: Callable[[int, int], None] | None = None,
    memory: int = MEMORY,
) -> Extracted:
    """What the file says, in passages.

    Args:
        path: the file.
        name: what its owner calls it; its ending tells Markdown from text, and nothing more.
        ends: when to give up, on the monotonic clock.
        progress: told how many pages of how many are read, of a PDF; what it raises ends the reading.
        memory: bytes of address space for the process that reads, where the platform can limit it.

    Raises:
        Unreadable: the file can't be read, now or later.
    """
    size = path.stat().st_size
    if not size:
        raise Unreadable("empty")
    if size > MOST_BYTES:
        raise Unreadable("too_large", size=-(-size // 1_000_000), most=MOST_BYTES // 1_000_000)
    seconds = min(LONGEST_S, ends - time.monotonic())
    if seconds <= 0:
        raise Unreadable("too_slow")
    # `-P`: a folder that happens to be the current one must not lend it modules.
    command = [sys.executable, "-P", "-m", _CHILD, str(path), name, str(memory), str(int(seconds) + 1)]
    environment = {key: os.environ[key] for key in _KEPT if key in os.environ}
    environment |= {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONUTF8": "1"}
    with subprocess.Popen(  # noqa: S603 - our own module; the file is an argument, and no shell sees it
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        text=True,
        encoding="utf-8",
    ) as child:
        late = Event()

        def end() -> None:
            late.set()  # First: its death is heard at once, and has to have its reason by then.
            child.kill()

        clock = Timer(seconds, end)
        clock.daemon = True
        clock.start()
        try:
            return _heard(child, progress or (lambda _done, _of: None), late)
        finally:
            clock.cancel()
            child.kill()


def _heard(child: "subprocess.Popen[str]", progress: Callable[[int, int], None], late: Event) -> Extracted:
    """What the child tells, until it ends; silence is its death, of time or of memory."""
    passages: list[Passage] = []
    for line in child.stdout or ():
        if not line.endswith("\n"):
            break  # Killed in the middle of a word.
        told: dict[str, Any] = json.loads(line)
        if "page" in told:
            progress(told["page"], told["of"])
        elif "passage" in told:
            passages.append(Passage(*told["passage"]))
        elif "unreadable" in told:
            raise Unreadable(told["unreadable"], **told["details"])
        else:
            return Extracted(passages=passages, **told["known"])
    raise Unreadable("too_slow" if late.is_set() else "too_complex")
