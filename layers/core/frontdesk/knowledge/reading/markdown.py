"""Markdown: made HTML, with the HTML that stands in it, and read as that."""

from collections.abc import Iterator
from pathlib import Path

from markdown_it import MarkdownIt

from frontdesk.knowledge.blocks import Block
from frontdesk.knowledge.reading.decoding import decode
from frontdesk.knowledge.reading.html import of_html


def blocks(path: Path) -> Iterator[Block]:
    """The blocks of a Markdown file, tables as GitHub writes them."""
    return of_html(MarkdownIt("commonmark").enable("table").render(decode(path.read_bytes())))
