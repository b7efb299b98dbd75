"""Running a queue's function in a process that may be killed, and what holds afterwards."""

import json
import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import IO, Any, Final, NamedTuple
from uuid import UUID

from cli.doctor import database as doctor
from cli.doctor.finding import State
from tests.chaos import off
from tests.conftest import Database

TRIES: Final = 6
"""How often a message comes before these tests give up on it: SQS would after four."""
_ids = count(1)
_AWS: Final = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_DEFAULT_REGION": "ca-central-1",
}


class Life(NamedTuple):
    """What came of one run."""

    was_killed: bool
    is_done: bool
    """Whether the message needs no further try."""
    steps: list[str]


@dataclass
class Mortal:
    """The process that has children, and the AWS that they find."""

    stdin: IO[str]
    stdout: IO[str]
    aws_url: str
    tried: dict[str, int] = field(default_factory=dict[str, int])

    def live(
        self,
        function: str,
        message: dict[str, Any],
        *,
        die_at: int | None = None,
        every: bool = False,
        copies: int = 1,
        file_limit: int | None = None,
        cut: str | None = None,
    ) -> list[Life]:
        """The message delivered once more, or to several at the same time.

        Args:
            function: its folder.
            message: what the queue brings.
            die_at: before which step it is killed; None: not at all.
            every: whether reads are steps too.
            copies: how many get it.
            file_limit: the most bytes that a file of its may have.
            cut: as whom its sessions at Postgres are ended, in place of being killed.
        """
        body = json.dumps(message)
        self.tried[body] = self.tried.get(body, 0) + 1
        record = {
            "messageId": f"m-{next(_ids)}",
            "receiptHandle": "r",
            "body": body,
            "attributes": {"ApproximateReceiveCount": str(min(self.tried[body], 3))},
        }
        told = self.run(
            *(function, {"Records": [record]}),
            die_at=die_at,
            every=every,
            copies=copies,
            file_limit=file_limit,
            cut=cut,
        )
        return [
            Life(one["killed"], one.get("answer") == {"batchItemFailures": []}, one.get("steps", []))
            for one in told
        ]

    def run(self, function: str, event: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
        """What the handler answers to that event."""
        asked: dict[str, Any] = {
            "function": function,
            "event": event,
            "seconds": 60,
            "environment": _AWS | dict(os.environ) | {"AWS_ENDPOINT_URL": self.aws_url},
            **dict.fromkeys(("die_at", "file_limit", "cut")),
            "every": False,
            "copies": 1,
        }
        self.stdin.write(json.dumps(asked | more) + "\n")
        self.stdin.flush()
        told: list[dict[str, Any]] = json.loads(self.stdout.readline())
        for one in told:
            assert "raised" not in one, one
        return told

    def die(self, function: str, message: dict[str, Any], at: int, *, every: bool = False) -> bool:
        """Whether the function was killed at that step; it had ended by then, if not."""
        [life] = self.live(function, message, die_at=at, every=every)
        return life.was_killed


@contextmanager
def mortal(aws_url: str, *, clock_off_s: float = 0) -> Generator[Mortal]:
    """The process, until the block ends."""
    command = [sys.executable, "-m", "tests.chaos.mortal"]
    clock = {off.VARIABLE: str(clock_off_s)} if clock_off_s else {}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ) | clock
    ) as process:
        assert process.stdin
        assert process.stdout
        try:
            yield Mortal(process.stdin, process.stdout, aws_url)
        finally:
            process.stdin.close()
            process.wait(20)


def assert_well(database: Database, *clinics: str) -> None:
    """Nothing that the doctor asks of clinics' rows is wrong."""
    with doctor.connected(database.app_url) as connection:
        wrong = [
            one for one in doctor.invariants(connection, map(UUID, clinics)) if one.state is not State.OK
        ]
    assert wrong == []
