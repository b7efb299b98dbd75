"""`make drill`: taking a release back, and restoring the database to an instant, as far as one machine can.

python -m drills [rollback [REVISION]|restore]
"""

import sys
from typing import Final

from rich.console import Console

from drills import restore, rollback
from drills.drill import DrillFailed
from local.errors import LocalError

_CONSOLE: Final = Console(highlight=False, soft_wrap=True)


def main(names: list[str]) -> int:
    """0 when all went as it should."""
    name, *more = names or ["all"]
    if name not in ("all", "rollback", "restore"):
        _CONSOLE.print(__doc__)
        return 2
    try:
        if name in ("all", "rollback"):
            _CONSOLE.print("\n[bold]Taking a release back[/]\n")
            rollback.run(more[0] if more else "HEAD^", _say)
        if name in ("all", "restore"):
            _CONSOLE.print("\n[bold]Restoring the database to an instant[/]\n")
            restore.run(_say)
    except (DrillFailed, LocalError) as failed:
        _CONSOLE.print(f"  [red]✗[/] {failed}")
        return 1
    return 0


def _say(line: str) -> None:
    _CONSOLE.print(f"  [green]✓[/] {line}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
