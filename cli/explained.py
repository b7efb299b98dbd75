"""How a verb fails: in one line for the person at the terminal, which says what to do."""

from collections.abc import Generator
from contextlib import contextmanager

import typer


class Misnamed(Exception):
    """What was named isn't there; the message says what is."""


@contextmanager
def explained(exit_code: int = 2) -> Generator[None]:
    """What the person can put right is said without a traceback."""
    from frontdesk.errors import FrontdeskError
    from gitops.errors import EngineError
    from infra.template import SynthFailed
    from local.errors import LocalError

    try:
        yield
    except (Misnamed, LocalError, FrontdeskError, EngineError, SynthFailed) as error:
        typer.secho(f"frontdesk: {error}", err=True, fg="red")
        raise typer.Exit(exit_code) from None
