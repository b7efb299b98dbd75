"""What calls the template's functions on this machine: an HTTP API, a clock, queues, an issuer, each other.

Workers share one listening socket, which stays open while they are replaced, so an edit loses no request.
"""

import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from infra.routes import Called, Route, Source, Timer
from local.child import Child, address

if TYPE_CHECKING:
    from local.rie import Runtime


@dataclass(frozen=True)
class Pool:
    """The issuer of tokens, in place of a user pool."""

    listening: socket.socket
    triggers: Callable[[], Mapping[str, Called]]
    config: Mapping[str, Any]
    """The rest of what `local.issuer` is told."""


@dataclass(frozen=True)
class Invocations:
    """Where functions call others by name, in place of Lambda's own API."""

    listening: socket.socket
    functions: Callable[[], Iterable[Called]]


class Gateway:
    """Worker processes, the clock's and the queues': each takes one invocation at a time."""

    def __init__(
        self,
        listening: socket.socket,
        routes: Callable[[], Iterable[Route]],
        environment: Mapping[str, str],
        *,
        timers: Callable[[], Iterable[Timer]] = tuple,
        pool: Pool | None = None,
        invocations: Invocations | None = None,
        sources: Callable[[], Iterable[Source]] = tuple,
        rie: "Callable[[], Runtime] | None" = None,
        workers: int = 2,
        log: IO[bytes] | None = None,
    ) -> None:
        self.url = address(listening)
        self._listening = listening
        self._routes = routes
        self._timers = timers
        self._pool = pool
        self._invocations = invocations
        self._sources = sources
        self._environment = dict(environment)
        self._rie = rie
        self._count = workers
        self._log = log
        self._workers: list[Child] = []

    def start(self) -> None:
        """Returns when every worker answers; called again, it puts new workers in place of the old.

        Raises:
            ChildFailed: the new ones don't start; the old ones stay.
            EmulatorFailed: their code does not compile; the same.
        """
        runtime = self._rie and self._rie()
        shared: dict[str, Any] = {
            "environment": self._environment,
            "rie": runtime and {name: str(path) for name, path in asdict(runtime).items()},
        }
        new: list[Child] = []
        # The first, for what it loads takes as long as all the rest.
        if (api := self._invocations) and (named := [asdict(one) for one in api.functions()]):
            new.append(
                Child("local.invocations", api.listening, shared | {"functions": named}, log=self._log)
            )
        routed = shared | {"routes": [asdict(route) for route in self._routes()]}
        new += [Child("local.worker", self._listening, routed, log=self._log) for _ in range(self._count)]
        if timers := [asdict(timer) for timer in self._timers()]:
            new.append(Child("local.clock", None, shared | {"timers": timers}, log=self._log))
        if pool := self._pool:
            triggers = {moment: asdict(called) for moment, called in pool.triggers().items()}
            told = {**shared, **pool.config, "triggers": triggers}
            new.append(Child("local.issuer", pool.listening, told, log=self._log))
        for source in self._sources():
            fed = shared | {"source": asdict(source)}
            calls = min(source.max_concurrency, self._count)
            new += [Child("local.queues", None, fed, log=self._log) for _ in range(calls)]
        try:
            for worker in new:
                worker.wait_until_ready()
        except BaseException:
            _end(new)
            raise
        old, self._workers = self._workers, new
        _end(old)

    def changes(self, *folders: Path) -> Iterator[str]:
        """Says, without end, that an edit below `folders` or a dead worker asks for a new `start`."""
        from watchfiles import PythonFilter, watch

        ours = PythonFilter(extra_extensions=(".sql", ".html", ".css", ".js"))
        for edits in watch(*folders, watch_filter=ours, yield_on_timeout=True, rust_timeout=1000):
            if edits:
                yield "edited: " + ", ".join(sorted({Path(path).name for _, path in edits}))
            elif not all(worker.is_running for worker in self._workers):
                yield "a worker died"

    def stop(self) -> None:
        """Ends every worker; requests under way get a few seconds."""
        _end(self._workers)
        self._workers = []


def _end(workers: Iterable[Child]) -> None:
    for worker in workers:
        worker.ask_to_stop()
    for worker in workers:
        worker.stop()
