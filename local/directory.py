"""The directory of one stack: who has it just now, and what was made for it once."""

import fcntl
import os
import secrets
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from local.errors import InUse


@contextmanager
def claimed(directory: Path | None, *, under: Path | None = None) -> Generator[Path]:
    """Holds `directory`, made if missing, for this process alone; gives its absolute path.

    None stands for a new one that is gone at the end, made below `under` or where such things go.

    The kernel lets go of the lock when its holder dies, however it dies, so no lock is ever stale;
    the number inside is only for the message.

    Raises:
        InUse: says by which process.
    """
    if directory is None:
        made = tempfile.TemporaryDirectory(prefix="frontdesk-", dir=under)
        with made as scratch, claimed(Path(scratch)) as home:
            home.chmod(0o711)  # as root, Postgres runs as another user
            yield home
        return
    directory = directory.expanduser().resolve()
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            raise InUse(
                f"{directory} is in use by process {holder}; stop it first, or name another with --data"
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield directory
        lock.truncate(0)


def is_claimed(directory: Path) -> bool:
    """Whether a live process has `directory`."""
    try:
        with (directory / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def kept_secret(directory: Path, name: str) -> str:
    """The secret `name` of this directory: 43 random URL-safe characters, made at the first asking."""
    path = directory / name
    if not path.exists():
        directory.mkdir(parents=True, exist_ok=True)
        write_private(path, secrets.token_urlsafe(32))
    return path.read_text()


def write_private(path: Path, text: str) -> None:
    """Writes a file that only its owner reads, whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)
