"""A measurement in a process of its own, which handlers need: they keep their settings and their connection.

The parent sends JSON to its standard input and reads JSON from its standard output.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any


def ask(module: str, environment: Mapping[str, str], sent: Any, *arguments: str) -> Any:
    """What `python -m MODULE` answers, whose main program calls `answer`."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env={**os.environ, **environment},
        input=json.dumps(sent, default=str),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def answer(work: Callable[[Any], Any]) -> None:
    """The process's side of `ask`: does the work on what was sent."""
    sent = json.load(sys.stdin)
    # Handlers log to standard output, which Lambda reads; here nobody does.
    with os.fdopen(os.dup(sys.stdout.fileno()), "w") as results, open(os.devnull, "w") as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
        json.dump(work(sent), results)
