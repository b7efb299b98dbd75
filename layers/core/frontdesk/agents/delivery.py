"""A message that says that an agent was saved, until the agent is at Vapi or a person is told why not."""

import math
from datetime import UTC, datetime, timedelta
from typing import Final

import psycopg
from aws_lambda_powertools.metrics import Metrics, MetricUnit

from frontdesk import measures, queue, secrets
from frontdesk.agents import reconciling, registry, syncing
from frontdesk.agents.registry import Busy
from frontdesk.agents.syncing import CannotHeal, Saved
from frontdesk.errors import ProviderFailed
from frontdesk.logs import logger
from frontdesk.queue import Attempt, GiveUp, Retry
from frontdesk.settings import settings
from frontdesk.vapi.api import IN_FLIGHT, Gate, Vapi, VapiFailed

WAVE: Final = 50
"""How many agents are moved to another tool at once; the next as many come a moment later."""
WAVE_S: Final = 5
"""So Vapi sees at most ten a second of them, whatever the rate of saves is besides."""
_BUSY_S: Final = 15
"""After four tries that met somebody else."""
_LONGEST_S: Final = 6.0
"""For one answer of Vapi."""

_metrics: Final = Metrics(namespace=measures.NAMESPACE)


_kept: dict[tuple[str, str], Vapi] = {}
"""The client, by address and key: another one when the key was rotated."""


def client() -> Vapi:
    """The platform's account, for one that comes back by a queue: each request is tried once.

    Kept with its connection for the next message: to connect takes as long as to ask.
    """
    asked = (settings().vapi_api_url, secrets.vapi_private_key())
    if asked not in _kept:
        drop()
        _kept[asked] = Vapi(*asked, attempts=1, longest_s=_LONGEST_S)
    vapi = _kept[asked]
    # A 429 is one message's own. Remembered, it would make of this process one that takes message after
    # message only to turn it away: seen, ten for each that Vapi had refused.
    vapi.gate = Gate(IN_FLIGHT, waits=False)
    return vapi


def drop() -> None:
    """Closes what is kept; the next message connects anew."""
    while _kept:
        _kept.popitem()[1].close()


def deliver(saved: Saved, attempt: Attempt) -> None:
    """Brings the agent to Vapi; raises `Retry` and `GiveUp`, as the queue has them.

    Measured, in the stage's namespace: `SyncDuration` from a save to its agent's being at Vapi;
    `SyncSucceeded` and `SyncFailed`, of which each message ends in one; on the way `SyncRetries`, and
    `LinkingFailures`: tries that came as far as linking, and no further.
    """
    try:
        came = syncing.sync_agent(client(), saved, on_moved=lambda: catch_up(but=saved))
    except CannotHeal as error:
        is_news = syncing.degrade(saved, str(error)) or attempt.number > 1
        _count("SyncFailed", *_of_linking(error))
        if is_news:  # else a letter is dead already, and the schedule would add one each quarter of an hour
            raise GiveUp("Vapi refuses it; the agent's `syncError` says why") from error
        return
    except Busy as busy:
        if attempt.is_last:  # whoever holds it may have been killed, and its lease must run out first
            queue.send([saved], [_BUSY_S])
            return
        raise Retry(busy.retry_after_s) from busy
    except (ProviderFailed, psycopg.OperationalError) as error:
        wait_s: float | None = getattr(error, "retry_after_s", None)
        if wait_s is not None:
            wait_s = max(wait_s, 1.0)  # "now" would be a hot loop against an account that says 429
        if attempt.is_last and wait_s is not None:  # too many at once: nothing is wrong with this one
            _count("SyncRetries")
            queue.send([saved], [min(math.ceil(wait_s), queue.LONGEST_DELAY_S)])
            return
        is_news = not attempt.is_last or syncing.degrade(saved, str(error))
        _count("SyncFailed" if attempt.is_last else "SyncRetries", *_of_linking(error))
        if is_news:
            raise Retry(wait_s) from error
        return
    if came.saved_at:
        took = max(datetime.now(UTC) - came.saved_at, timedelta())
        _metrics.add_metric("SyncDuration", MetricUnit.Milliseconds, took / timedelta(milliseconds=1))
    _count("SyncSucceeded")
    logger.info(
        "agent synced",
        extra={"org_id": str(saved.org_id), "agent_id": str(saved.agent_id), "writes": came.writes},
    )


def catch_up(*, but: Saved | None = None) -> int:
    """Sends every agent that is behind to the queue, in waves, but the one at hand; how many."""
    waiting = [each for each in reconciling.agents_behind() if each != but]
    delays = [min(place // WAVE * WAVE_S, queue.LONGEST_DELAY_S) for place in range(len(waiting))]
    queue.send(waiting, delays)
    return len(waiting)


def _count(*metrics: str) -> None:
    for metric in metrics:
        _metrics.add_metric(metric, MetricUnit.Count, 1)
    _metrics.flush_metrics()


def _of_linking(error: Exception) -> list[str]:
    """Where all tools are registered, what failed at Vapi is what came after that."""
    return ["LinkingFailures"] if isinstance(error, VapiFailed) and not registry.read().missing else []
