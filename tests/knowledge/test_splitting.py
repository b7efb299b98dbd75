"""Passages: whole sentences, none too long, none lost, in their order."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.knowledge.blocks import Block, Passage, joined, one_line, weight
from frontdesk.knowledge.splitting import LIMIT, passages, sentences

words = st.text("abcdefgh", min_size=1, max_size=9)
english = st.lists(words, min_size=1, max_size=14).map(lambda many: " ".join(many).capitalize() + ". ")
chinese = st.text("停车场位于大楼后面请带健康卡", min_size=1, max_size=40).map(lambda text: text + "。")
texts = st.lists(english | chinese, min_size=1, max_size=25).map(lambda many: "".join(many).strip())
unbroken = st.text("abc 停车，", min_size=1, max_size=2_000).map(str.strip).filter(bool)
blocks = st.lists(
    st.one_of(
        st.builds(
            Block, st.just("heading"), english.map(lambda text: text.rstrip(". ")), level=st.integers(1, 6)
        ),
        st.builds(Block, st.sampled_from(["text", "item"]), texts | unbroken),
        st.builds(Block, st.just("answer"), texts, header=words.map(lambda word: f"{word}?")),
    ),
    max_size=12,
)


@given(texts | unbroken)
def test_sentences_put_together_are_the_text(text: str) -> None:
    assert "".join(sentences(text)) == text


@given(blocks)
def test_no_passage_is_too_long_or_empty(blocks: list[Block]) -> None:
    for passage in passages(blocks):
        assert 0 < weight(passage.text) <= LIMIT
        assert passage.text == passage.text.strip()


@given(texts)
def test_every_sentence_is_in_a_passage_whole_and_in_order(text: str) -> None:
    made = [passage.text for passage in passages([Block("text", text)])]
    place = 0
    for sentence in map(str.strip, sentences(text)):
        while sentence not in made[place]:
            place += 1


@given(unbroken)
def test_of_what_has_no_sentences_nothing_is_lost(text: str) -> None:
    made = "".join(passage.text for passage in passages([Block("text", text)]))

    assert Counter(text.replace(" ", "")) <= Counter(made)


@given(
    st.lists(words, min_size=2, max_size=5, unique=True),
    st.lists(st.lists(texts | st.just(""), min_size=2, max_size=5), min_size=1, max_size=4),
)
def test_every_passage_of_a_row_has_its_header(header: list[str], rows: list[list[str]]) -> None:
    for row in rows:
        cells = [*row, *[""] * len(header)][: len(header)]
        made = list(passages([Block("row", "\t".join(cells), header="\t".join(header))]))
        for passage in made:
            assert weight(passage.text) <= LIMIT
            assert any(passage.text.startswith(f"{label}: ") for label in header)
        assert bool(made) == any(cells)


def test_the_parts_of_a_long_paragraph_share_a_sentence() -> None:
    one, two, three, four = (
        f"The {which} sentence is {'very ' * 20}long." for which in ("first", "second", "third", "fourth")
    )

    made = [passage.text for passage in passages([Block("text", " ".join((one, two, three, four)))])]

    assert made == [f"{one} {two} {three}", f"{three} {four}"]


def test_chinese_is_parted_at_its_own_stops_and_counts_for_more() -> None:
    sentence = "停车场位于大楼后面，请从橡树街进入，并在入口处取票，离开时请在前台出示，以便我们盖章。"
    made = [passage.text for passage in passages([Block("text", sentence * 6)])]

    assert [text.count("。") for text in made] == [3, 3, 2]
    assert all(text.startswith("停车场") and text.endswith("盖章。") for text in made)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Dr. Chen is in. Ask for her.", 2),
        ("Call 604-555-0100 ext. 4. It rings.", 2),
        ("Open 9 a.m. to 5 p.m. daily.", 1),
        ("A note is $20.50 at St. Mary's, e.g. for school.", 1),
        ("See no. 5. Then go.", 2),
        ("“Is it free?” Yes! Really.", 3),
        ("可以停车吗？可以；免费。「真的？」", 4),
        ("www.example.org is ours.", 1),
    ],
)
def test_a_stop_is_not_always_a_sentence_s_end(text: str, count: int) -> None:
    assert len(list(sentences(text))) == count


def test_headings_are_a_path_and_one_with_nothing_under_it_is_said() -> None:
    made = list(
        passages(
            [
                Block("heading", "Handbook", 1, level=1),
                Block("heading", "Fees", 1, level=2),
                Block("heading", "Forms", 2, level=3),
                Block("text", "Twenty dollars.", 2),
                Block("heading", "Dogs are welcome", 3, level=2),
                Block("heading", "Parking", 3, level=2),
                Block("text", "Behind the building.", 3),
                Block("heading", "The end", 4, level=1),
            ]
        )
    )

    assert made == [
        Passage("Twenty dollars.", "Handbook > Fees > Forms", 2),
        Passage("Dogs are welcome", "Handbook", 3),
        Passage("Behind the building.", "Handbook > Parking", 3),
        Passage("The end", "", 4),
    ]


def test_a_list_is_told_together_and_each_part_after_the_line_that_leads_to_it() -> None:
    lead = Block("text", "Please bring:")
    short = [Block("item", text) for text in ("your card", "a list of medicines", "cash")]
    long = [
        Block("item", f"the {word} of a great many things that you might need on that day")
        for word in "abcdefghij"
    ]

    assert [p.text for p in passages([lead, *short])] == [
        "Please bring: your card; a list of medicines; cash"
    ]
    made = [p.text for p in passages([lead, *long])]
    assert len(made) == 2
    assert all(text.startswith("Please bring: the ") for text in made)
    assert sum(text.count(block.text) for text in made for block in long) == len(long)


def test_a_question_is_the_heading_of_its_answer() -> None:
    made = list(
        passages(
            [
                Block("heading", "Visits", level=1),
                Block("text", "Q: Where can I park?"),
                Block("text", "A: Behind the building."),
                Block("text", "问：要预约吗？"),
                Block("text", "答：要。"),
                Block("text", "Is that all?"),
            ]
        )
    )

    assert made == [
        Passage("Behind the building.", "Visits > Where can I park?", None),
        Passage("要。", "Visits > 要预约吗？", None),
        Passage("Is that all?", "Visits > 要预约吗？", None),
    ]


def test_a_row_too_long_for_a_passage_begins_each_part_with_its_first_cell() -> None:
    row = Block(
        "row", "\t".join(("Sick note", "It is made at the visit. " * 20, "$20")), header="Service\tNote\tFee"
    )

    made = [p.text for p in passages([row])]

    assert len(made) == 2
    assert all(text.startswith("Service: Sick note; Note: It is made") for text in made)
    assert made[-1].endswith("Fee: $20")


def test_lines_are_joined_as_their_script_has_it() -> None:
    assert joined(["The park-", "ing is for walk-", "in patients"]) == "The parking is for walk-in patients"
    assert joined(["call 604-555-", "0100"]) == "call 604-555-0100"
    assert one_line("停车场位于\n大楼后面，\n免费") == "停车场位于大楼后面，免费"
    assert one_line("位于\n100 Oak Street") == "位于 100 Oak Street"
