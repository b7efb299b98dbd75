"""Text without marks: its lines are all there is to go by."""

from collections.abc import Iterator
from pathlib import Path

from frontdesk.knowledge.blocks import Block, visible
from frontdesk.knowledge.reading import lines
from frontdesk.knowledge.reading.decoding import decode


def blocks(path: Path) -> Iterator[Block]:
    """The blocks of a text file."""
    return lines.blocks((line, None) for line in visible(decode(path.read_bytes())).split("\n"))
