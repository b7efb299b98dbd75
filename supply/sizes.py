"""How large each function is, unpacked, with the layers it has, against what it may be.

    python -m supply.sizes build/lambda

Of a bundle made by `python -m infra.packaging`. 1 when anything is too large. Not counted is AWS's own layer
of the Parameters and Secrets extension, which isn't ours to pack.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from infra.discovery import folders, layers
from infra.packaging import Bundle, outside_layers

MB: Final = 1_000_000
TOOL_MB: Final = 60
"""A tool with its layers: what a cold start reads while a caller waits."""
FUNCTION_MB: Final = 160
"""Any other with its layers; Lambda takes 250."""
LAYER_MB: Final = 30
"""A layer, but for these."""
LARGER_MB: Final = {"dependencies": 50, "embedder": 100, "emr": 40}
"""What all need, with libpq and OpenSSL; the model that makes vectors, with numpy; SOAP and XML."""


@dataclass(frozen=True)
class Size:
    """How large one thing is, and how large it may be."""

    what: str
    """`layer core`, or a function such as `tools/cancel_appointment`."""
    bytes: int
    budget: int

    @property
    def too_large(self) -> bool:
        """Whether it is over its budget."""
        return self.bytes > self.budget


def sizes(built: Bundle) -> Iterator[Size]:
    """Of each layer, then of each function with its own."""
    of_layer = {name: _bytes(built.layer(name)) for name in ("core", *outside_layers())}
    for name, found in of_layer.items():
        yield Size(f"layer {name}", found, LARGER_MB.get(name, LAYER_MB) * MB)
    for folder in folders():
        named = ("core", "dependencies", *([layers()[folder]] if folder in layers() else []))
        budget = TOOL_MB if folder.startswith("tools/") else FUNCTION_MB
        total = _bytes(built.task(folder)) + sum(of_layer[name] for name in named)
        yield Size(folder, total, budget * MB)


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main() -> None:
    """The command above."""
    parser = argparse.ArgumentParser(prog="python -m supply.sizes")
    parser.add_argument("bundle", type=Path)
    found = list(sizes(Bundle(parser.parse_args().bundle.resolve())))
    table = Table("what", "MB, unpacked", "may be", box=None)
    for one in found:
        colour = "red" if one.too_large else ""
        table.add_row(one.what, f"{one.bytes / MB:.1f}", str(one.budget // MB), style=colour)
    Console().print(table)
    sys.exit(any(one.too_large for one in found))


if __name__ == "__main__":
    main()
