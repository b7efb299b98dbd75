"""What a page says in the reader's language that was said in English before."""

from string import Formatter
from typing import Any

import pytest

from frontdesk.console import words

WITH_PLACES = [
    text
    for text in getattr(words.catalogue("zh"), "_catalog", dict[Any, str]())
    if isinstance(text, str) and "{" in text
]


@pytest.mark.parametrize(
    ("kept", "shown"),
    [
        ("", ""),
        ("Something nobody of us wrote.", "Something nobody of us wrote."),
        ("its telephone numbers were read 51 hours ago", "51 小时"),
        ("It has 2,100 pages; at most 2,000 are read. Split it into several files.", "2,100 页"),
        ("the last reading of its diary failed (it {is} 100% odd)", "it {is} 100% odd"),
    ],
)
def test_a_sentence_that_was_filled_in_before_is_found_again(kept: str, shown: str) -> None:
    assert shown in words.said(kept, "zh")
    assert words.said(kept, "en") == kept


@pytest.mark.parametrize("sentence", WITH_PLACES)
def test_every_sentence_with_places_is_said_with_what_was_in_them(sentence: str) -> None:
    """Chinese may leave one out, but invents none, and writes figures as they were written."""
    names = [name for _, name, _, _ in Formatter().parse(sentence) if name]
    filled = {name: number for number, name in enumerate(names, 3_000)}

    shown = words.said(sentence.format(**filled), "zh")

    assert shown != sentence.format(**filled)
    assert not set("{}") & set(shown)
    translation = words.catalogue("zh").gettext(sentence)
    kept = [name for _, name, _, _ in Formatter().parse(translation) if name]
    assert [name for name in kept if str(filled[name]) not in shown.replace(",", "")] == []
