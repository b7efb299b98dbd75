"""The three ways: what the file says, what Vapi holds, and what they held when they last agreed."""

from typing import Any

import pytest

from frontdesk.vapi import leaves
from gitops import comparison
from gitops.comparison import By
from gitops.state import Entry, entry_of

_ = leaves.ABSENT


def doc(value: Any) -> dict[str, Any]:
    return {} if value is _ else {"voice": value}


def by(entry: Entry | None, file: Any, now: Any, then: Any = None) -> By | None:
    found = comparison.compare(doc(file), doc(now), doc(now if then is None else then), entry)
    assert len(found) <= 1
    return found[0].by if found else None


# Last agreed on, in the file now, at Vapi now, and whose doing the difference is.
THREE_WAYS = [
    ("a", "a", "a", None),
    ("a", "b", "a", By.HERE),
    ("a", "a", "b", By.THERE),
    ("a", "b", "b", None),  # both came to the same
    ("a", "b", "c", By.BOTH),
    ("a", _, "a", By.HERE),
    ("a", "a", _, By.THERE),
    ("a", _, _, None),
    ("a", _, "b", By.BOTH),
    ("a", "b", _, By.BOTH),
    ("a", None, "a", By.HERE),
    ("a", None, _, None),  # null says that it shall not be there
    ("a", None, "b", By.BOTH),
    (_, _, _, None),
    (_, "a", _, By.HERE),
    (_, _, "a", By.THERE),
    (_, "a", "a", None),
    (_, "a", "b", By.BOTH),
    (_, None, _, None),
    (_, None, "a", By.BOTH),
    (None, None, _, None),
    (None, "a", _, By.HERE),
    (None, None, "a", By.THERE),
    (None, _, _, None),
]


@pytest.mark.parametrize(("agreed", "file", "at_vapi", "whose"), THREE_WAYS)
def test_who_made_the_difference(agreed: Any, file: Any, at_vapi: Any, whose: By | None) -> None:
    held = _ if agreed is None else agreed  # Vapi drops null
    entry = entry_of({"name": "x", **doc(agreed)}, {"name": "x", **doc(held)}, "an-id")
    found = comparison.compare(
        {"name": "x", **doc(file)}, {"name": "x", **doc(at_vapi)}, {"name": "x", **doc(at_vapi)}, entry
    )
    assert [change.by for change in found] == ([whose] if whose else [])


@pytest.mark.parametrize(
    ("file", "at_vapi", "whose"),
    [
        ("a", "a", None),
        ("a", "b", By.UNKNOWN),
        ("a", _, By.HERE),  # nothing there could be lost
        (_, "a", None),  # what the file doesn't speak of is Vapi's own
        (None, "a", By.UNKNOWN),
        (None, _, None),
        (None, {"speed": 1}, By.UNKNOWN),
        ({}, {}, None),
    ],
)
def test_without_a_record_nobody_can_tell(file: Any, at_vapi: Any, whose: By | None) -> None:
    assert by(None, file, at_vapi) == whose
    assert by(Entry("an-id"), file, at_vapi) == whose


def test_what_vapi_adds_or_rewrites_by_itself_is_no_drift() -> None:
    entry = entry_of({"voice": {"speed": 1}}, {"voice": {"speed": 1, "style": 0}, "sound": "office"}, "an-id")
    now = {"voice": {"speed": 1, "style": 0}, "sound": "office"}
    assert comparison.compare({"voice": {"speed": 1}}, now, now, entry) == []
    edited = {"voice": {"speed": 1, "style": 0.5}, "sound": "off"}
    found = comparison.compare({"voice": {"speed": 1}}, edited, edited, entry)
    assert [(change.name, change.by) for change in found] == [
        ("sound", By.THERE),
        ("voice.style", By.THERE),
    ]


def test_a_new_id_or_address_is_a_link_and_an_edit_beside_it_is_what_it_is() -> None:
    entry = entry_of(doc("${URL}/x"), doc("${URL}/x"), "an-id")
    assert by(entry, "${URL}/x", now="https://old/x", then="${URL}/x") == By.LINK
    assert by(entry, "${URL}/y", now="https://old/x", then="${URL}/x") == By.HERE
    assert by(entry, "${URL}/x", now="https://old/z", then="${URL}/z") == By.THERE
    assert by(entry, "${URL}/y", now="https://old/z", then="${URL}/z") == By.BOTH


def test_of_what_was_left_unsettled_the_older_record_stays() -> None:
    first = entry_of(doc("a"), doc("a"), "an-id")
    second = entry_of(doc("b"), doc("c"), "an-id", unsettled=[("voice",)], before=first)
    assert by(second, "b", "c") == By.BOTH
    assert by(second, "b", "a") == By.HERE


def test_vapis_word_counts_where_there_is_drift_and_ours_elsewhere() -> None:
    agreed = {"name": "x", "voice": {"speed": 1, "id": "a"}}
    entry = entry_of(agreed, agreed, "an-id")
    file = {"name": "y", "voice": {"speed": 1, "id": "a"}}
    for at_vapi, voice in (
        ({"speed": 2, "id": "a"}, {"speed": 2, "id": "a"}),
        ({"id": "a"}, {"id": "a"}),
        ("none", "none"),
        (_, _),
    ):
        remote = {"name": "x", **doc(at_vapi)}
        changes = comparison.compare(file, remote, remote, entry)
        assert comparison.merged(file, changes) == {"name": "y", **doc(voice)}


def test_a_patch_holds_whole_fields_and_null_for_what_is_gone() -> None:
    agreed = {"name": "x", "type": "function", "voice": {"speed": 1, "id": "a"}, "sound": "office"}
    entry = entry_of(agreed, agreed, "an-id")
    file = {"name": "x", "type": "code", "voice": {"speed": 2, "id": "a"}, "members": [1]}
    changes = comparison.compare(file, agreed, agreed, entry)
    body = comparison.patch(file, changes, never={"type"}, always={"members"})
    assert body == {"voice": {"speed": 2, "id": "a"}, "sound": None, "members": [1]}
    assert comparison.patch(file, [], never=(), always={"members"}) == {}


def test_a_long_value_is_shown_in_sixty_characters() -> None:
    assert comparison.brief("x" * 100) == f'"{"x" * 58}…'
    assert comparison.brief(_) == "absent"
    assert comparison.brief({"a": "中"}) == '{"a": "中"}'
