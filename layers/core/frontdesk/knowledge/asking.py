"""How embedders are asked over the network: some at once, again after a passing refusal, and in time."""

import math
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Final, TypeVar

from frontdesk import aws
from frontdesk.knowledge.embedding import EmbedderFailed

_PAUSES_S: Final = (0.1, 0.3, 0.9, 2.7)
"""Before each further try, at least half of it: who was throttled together doesn't come back together."""

A = TypeVar("A")
R = TypeVar("R")


def answers(ask: Callable[[A], R], questions: Sequence[A], *, at_once: int, deadline: float) -> list[R]:
    """What `ask` gives for each question, in order. Raises `EmbedderFailed`, at the deadline at the latest.

    botocore's own retries know no deadline, and its timeouts begin anew with each byte. So requests run in
    threads, and one that hangs is left to its timeout when nobody waits for it any more.
    """
    threads, is_over = ThreadPoolExecutor(at_once), Event()
    try:
        waiting = [threads.submit(_answer, ask, question, deadline, is_over) for question in questions]
        return [one.result(max(0.0, deadline - time.monotonic())) for one in waiting]
    except TimeoutError as late:
        raise EmbedderFailed("too slow") from late
    finally:
        is_over.set()
        threads.shutdown(wait=False, cancel_futures=True)


def _answer(ask: Callable[[A], R], question: A, deadline: float, is_over: Event) -> R:
    pauses = iter(_PAUSES_S)
    while True:
        try:
            return ask(question)
        except aws.FAILED as failed:
            pause = random.uniform(0.5, 1) * next(pauses, math.inf)  # noqa: S311 - no secret
            is_late = time.monotonic() + pause > deadline
            if is_late or not aws.is_passing(failed) or is_over.wait(pause):
                raise EmbedderFailed(aws.name_of(failed)) from failed
