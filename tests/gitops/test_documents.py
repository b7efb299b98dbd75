"""What a resource file says, and that what is written says the same when it is read."""

import json
import textwrap
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gitops import documents
from gitops.documents import Document, DocumentWrong

HOSTILE = [
    "off", "12:30", "yes", "2026-03-02", "1_000", "012", "0o14", "0x1f", "1e3", ".5", "null", "~", "true", "",
    " leading", "trailing ", "a\ttab", "\ttab", "# no comment", "- no item", "key: value", "a: ", "a:", ": ",
    "---", "...", "--- |", "a\n---\nb", "\n", "\n\n", "a\n", "a\n\n", "\na", " a\nb",
    "a \nb", "a\n  b\n c",
    "a\r\nb", "\r", "a\u2028b", "a\u2029b", "a\x85b", "\ufeffa", "\x00", "\x07bell", "\x7f", "😀",
    "陈美玲\u3000医生",
    "'single'", '"double"', "\\n", "a\\", "%TAG", "@at", "`tick`", "!tag", "&anchor", "*alias",
    "{a}", "[a]", "<<", "=", "{{ customer.number }}", "{% if a %}b{% endif %}", "${BACKEND_URL}/x", "x" * 300,
    "word " * 80, "? a", "a #b", "a  b", "|", ">", " \n ", "\t\n", "a\n\tb", "a\n b\n", "#a\nb", "- a\n- b",
    "a" + " " * 120 + "b",
]  # fmt: skip
CHARACTERS = st.characters(exclude_categories=["Cs"])  # Lone halves of a pair are no text.
TEXTS = st.sampled_from(HOSTILE) | st.text(CHARACTERS, max_size=40) | st.text("ab \n\t:#-'\"\\", max_size=200)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
VALUES = st.recursive(
    SCALARS,
    lambda each: st.lists(each, max_size=3) | st.dictionaries(TEXTS, each, max_size=3),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(TEXTS, VALUES, max_size=5)
MESSAGES = st.lists(
    st.fixed_dictionaries({"role": st.sampled_from(["system", "user", "assistant"]), "content": TEXTS})
    | st.fixed_dictionaries({"role": st.just("system")}, optional={"content": SCALARS, "name": TEXTS}),
    max_size=3,
)


@st.composite
def assistants(draw: st.DrawFn) -> Document:
    return {**draw(DOCUMENTS), "model": {**draw(DOCUMENTS), "messages": draw(MESSAGES)}}


LAW = settings(deadline=None, max_examples=25)


def says(text: str, suffix: str = ".yml") -> Document:
    return documents.parse(textwrap.dedent(text).lstrip("\n"), suffix)


def same(one: Any, other: Any) -> bool:
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


OLDER = ["off", "on", "yes", "No", "12:30", "2026-03-02", "1_000", "y", ".inf", ".nan", "0b1"]


@pytest.mark.parametrize("plain", OLDER)
def test_what_older_yaml_took_for_something_else_is_text(plain: str) -> None:
    assert says(f"a: {plain}") == {"a": plain}
    assert says(f"a: {{b: [{plain}]}}\nc: {{d: {plain}}}") == {"a": {"b": [plain]}, "c": {"d": plain}}


@pytest.mark.parametrize(
    ("plain", "value"),
    [
        ("012", 12), ("0o14", 12), ("0x1F", 31), ("+5", 5), ("1e3", 1000.0),
        (".5", 0.5), ("5.", 5.0),
        ("true", True), ("False", False), ("null", None), ("~", None), ("", None),
        ("'12'", "12"), ('"true"', "true"),
    ],
)  # fmt: skip
def test_numbers_and_the_like_are_those_of_yaml_1_2(plain: str, value: object) -> None:
    assert same(says(f"a: {plain}"), {"a": value})


def test_keys_are_text_whatever_they_look_like() -> None:
    assert says("1: a\ntrue: b\n~: c\noff: d") == {"1": "a", "true": "b", "~": "c", "off": "d"}


def test_anchors_and_merges_are_filled_in_and_what_stands_beside_a_merge_wins() -> None:
    assert says("""
        base: &base {a: 1, b: 2}
        other: &other {b: 3, c: 4}
        one: {<<: *base, b: 9}
        two: {b: 9, <<: [*base, *other]}
        same: *base
    """) == {
        "base": {"a": 1, "b": 2},
        "other": {"b": 3, "c": 4},
        "one": {"a": 1, "b": 9},
        "two": {"a": 1, "b": 9, "c": 4},
        "same": {"a": 1, "b": 2},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "`a` twice, on line 1"),
        ("a:\n  b: 1\n  b: 1\n", 3, "`b` twice"),
        ("a: 1\nb: [1\nc: 2\n", 3, "not YAML"),
        ("a: 1\n\tb: 2\n", 2, "not YAML"),
        ("a: 1\nb: *nobody\n", 2, "not YAML"),
        ("a: 1\nb: &b {c: *b}\n", 2, "holds itself"),
        ("a: 1\nb: !!binary aGk=\n", 2, "JSON has no binary"),
        ("a: !thing x\n", 1, "JSON has no !thing"),
        ("a: 1\nb: 1e400\n", 2, "more than a number can be"),
        ("a: 1\n? [b]\n: c\n", 2, "key must be text"),
        ("a: 1\n<<: 5\n", 2, "merges mappings only"),
        ("a: 1\nb: \x07\n", 2, "YAML forbids"),
        ("- a\n", 1, "must be a mapping"),
        ("a: 1\n---\nb: 2\n", 2, "not YAML"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, line: int, said: str) -> None:
    with pytest.raises(DocumentWrong, match=said) as plain:
        documents.parse(text, ".yml")
    assert plain.value.line == line
    if "---" not in text:
        with pytest.raises(DocumentWrong, match=said) as front:
            documents.parse(f"---\n{text}---\n\nHello.\n", ".md")
        assert front.value.line == line + (said != "must be a mapping" or 1)


def test_the_body_of_a_markdown_file_is_the_system_message() -> None:
    said = says(
        """
        ---
        name: router
        model:
          temperature: 0.3
          messages:
            - {role: user, content: Hi}
        ---

        # Identity

        You answer.
        ---
        Still the prompt.

        """,
        ".md",
    )
    assert said["model"]["messages"] == [
        {"role": "system", "content": "# Identity\n\nYou answer.\n---\nStill the prompt."},
        {"role": "user", "content": "Hi"},
    ]
    assert said["model"]["temperature"] == 0.3


@pytest.mark.parametrize(
    "text",
    ["---\nname: a\n---\n", "---\nname: a\n---", "---\nname: a\n---\n\n  \n", "--- \nname: a\n---\t\n\n"],
)
def test_a_markdown_file_without_a_body_has_no_prompt(text: str) -> None:
    assert documents.parse(text, ".md") == {"name": "a"}


def test_empty_front_matter_leaves_the_prompt_alone() -> None:
    assert documents.parse("---\n---\nHi\n", ".md") == {
        "model": {"messages": [{"role": "system", "content": "Hi"}]}
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "must begin with YAML between two lines"),
        ("name: a\n", "must begin with YAML between two lines"),
        ("---\nname: a\n", "must begin with YAML between two lines"),
        ("---\nmodel: gpt\n---\nHi\n", "`model` must be a mapping"),
        ("---\nmodel: {messages: Hi}\n---\nHi\n", "`model.messages` must be a list"),
        ("---\nmodel: {messages: [{role: system, content: a}]}\n---\nHi\n", "make them one"),
    ],
)
def test_a_markdown_file_that_is_no_assistant_is_refused(text: str, said: str) -> None:
    with pytest.raises(DocumentWrong, match=said):
        documents.parse(text, ".md")


def test_windows_line_ends_and_a_byte_order_mark_are_no_part_of_the_text(tmp_path: Path) -> None:
    file = tmp_path / "router.md"
    file.write_bytes("\ufeff---\r\nname: 路由\r\n---\r\n\r\nOne\r\n\r\nTwo\r\n".encode())
    assert documents.parse(documents.text_of(file), ".md") == {
        "name": "路由",
        "model": {"messages": [{"role": "system", "content": "One\n\nTwo"}]},
    }
    file.write_bytes(b"---\nname: caf\xe9\n---\n")
    with pytest.raises(DocumentWrong, match="is not UTF-8"):
        documents.text_of(file)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("name",), 2),
        (("model",), 3),
        (("model", "toolIds", 1), 6),
        (("model", "messages", 1, "role"), 8),
        (("model", "messages", 0), 12),
        (("nothing",), 2),
        (("model", "nothing"), 3),
    ],
)
def test_a_value_is_found_on_its_line(path: documents.Path, line: int) -> None:
    front = (
        "name: a\nmodel:\n  toolIds:\n    - one\n    - two\n  messages:\n    - {role: user, content: Hi}\n"
    )
    text = f"---\n{front}---\n\n\nThe prompt.\n"
    assert documents.line_of(text, ".md", path) == line


@LAW
@given(DOCUMENTS)
@example({text: text for text in HOSTILE})
@example({"a": HOSTILE, "b": [[text] for text in HOSTILE], "c": [{"d": text} for text in HOSTILE]})
def test_any_document_survives_yaml(document: Document) -> None:
    assert same(documents.parse(documents.render(document, ".yml"), ".yml"), document)


@LAW
@given(assistants())
def test_any_assistant_survives_markdown(document: Document) -> None:
    assert same(documents.parse(documents.render(document, ".md"), ".md"), document)


@pytest.mark.parametrize("text", HOSTILE)
def test_every_prompt_survives_markdown(text: str) -> None:
    document = {"model": {"messages": [{"role": "system", "content": text}]}}
    assert documents.parse(documents.render(document, ".md"), ".md") == document
    if documents.suffix_for(document) == ".md":
        assert documents.render(document, ".md").endswith(f"---\n\n{text}\n")


@LAW
@given(DOCUMENTS, DOCUMENTS)
def test_any_document_survives_being_written_over_another(document: Document, other: Document) -> None:
    before = documents.render(other, ".yml")
    assert same(documents.parse(documents.render(document, ".yml", before), ".yml"), document)


@LAW
@given(DOCUMENTS)
def test_writing_the_same_over_a_text_of_ours_changes_no_byte(document: Document) -> None:
    for suffix in (".yml", ".md"):
        text = documents.render(document, suffix)
        assert documents.render(document, suffix, text) == text


LONG = "long: A sentence longer than the width at which a fresh file is broken" + " on purpose" * 5
COMMENTED = f"""\
# The whole desk.
name: router   # as the handoffs call it
voice: &voice
  voiceId: "sarah"
  # Slow enough for the old.
  speed: 0.9

model:
  toolIds: [find, book, 'cancel']
  temperature: 0.3  # low
fallback: *voice
members:
  # The first one answers.
  - assistantId: router
    quiet: &quiet
      - type: request-start
        content: ""
  # Then the others.
  - assistantId: booking
    quiet: *quiet
{LONG}
"""


def test_changing_one_value_leaves_every_other_line_alone() -> None:
    document = documents.parse(COMMENTED, ".yml")
    document["model"]["temperature"] = 0.7
    assert documents.render(document, ".yml", COMMENTED) == COMMENTED.replace("0.3", "0.7")


def test_changing_a_value_inside_a_list_leaves_every_other_line_alone() -> None:
    document = documents.parse(COMMENTED, ".yml")
    document["members"][1]["assistantId"] = "modification"
    assert documents.render(document, ".yml", COMMENTED) == COMMENTED.replace("booking", "modification")


def test_changing_what_an_anchor_shares_changes_it_in_one_place() -> None:
    document = documents.parse(COMMENTED, ".yml")
    document["fallback"] = {"voiceId": "sarah", "speed": 1.1}
    document["members"][0]["quiet"] = []
    text = documents.render(document, ".yml", COMMENTED)
    assert documents.parse(text, ".yml") == document
    assert "# Slow enough for the old." in text
    assert "# The first one answers." in text


def test_a_new_prompt_leaves_the_front_matter_alone() -> None:
    before = f"---\n{COMMENTED}---\n\nOld.\n"
    document = documents.parse(before, ".md")
    document["model"]["messages"][0]["content"] = "New.\n\n---\n\nAnd more."
    after = documents.render(document, ".md", before)
    assert after == f"---\n{COMMENTED}---\n\nNew.\n\n---\n\nAnd more.\n"
