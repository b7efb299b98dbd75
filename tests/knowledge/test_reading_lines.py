"""Whatever stands in lines, they are read to the end, and no letter is lost."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from frontdesk.knowledge.reading import lines

pieces = st.sampled_from(
    [
        "Fees",
        "a",
        "3.2 Parking",
        "- ",
        "1. ",
        "----",
        "===",
        "   ",
        "\t",
        "      x",
        "?",
        "。",
        "停车场",
        "$20",
        "",
        "第一章",
        '。"',
        "A: b",
    ]
)
documents = st.lists(
    st.tuples(st.lists(pieces, max_size=5).map("".join), st.integers(0, 1)), max_size=14
).map(
    lambda pairs: [
        (text, 1 + sum(turn for _, turn in pairs[: place + 1])) for place, (text, _) in enumerate(pairs)
    ]
)


@given(documents)
def test_no_letter_is_lost_whatever_the_lines_look_like(document: list[tuple[str, int | None]]) -> None:
    made = Counter(c for block in lines.blocks(document) for c in block.text + block.header if c.isalpha())

    assert Counter(c for text, _ in document for c in text if c.isalpha()) <= made


@given(documents)
def test_blocks_are_in_the_order_of_their_pages_and_never_empty(
    document: list[tuple[str, int | None]],
) -> None:
    made = list(lines.blocks(document))

    assert all(block.text.strip() for block in made)
    assert [block.page for block in made] == sorted(block.page or 0 for block in made)
