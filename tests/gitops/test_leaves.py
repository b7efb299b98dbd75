"""A document taken apart and put together again."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdesk.vapi import leaves
from frontdesk.vapi.leaves import ABSENT
from gitops.documents import Document
from tests.gitops.test_documents import DOCUMENTS, TEXTS, same


@settings(deadline=None, max_examples=40)
@given(DOCUMENTS)
def test_a_document_taken_apart_is_put_together_as_it_was(document: Document) -> None:
    assert same(leaves.nested(leaves.flat(document)), document)


@settings(deadline=None, max_examples=40)
@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_a_path_is_read_as_it_was_written(path: list[str]) -> None:
    assert leaves.path_of(leaves.path_text(tuple(path))) == tuple(path)


def test_a_list_is_one_leaf_and_an_empty_mapping_too() -> None:
    document: Document = {"model": {"toolIds": [{"a": 1}], "extra": {}}, "name": "a"}
    assert leaves.flat(document) == {("model", "toolIds"): [{"a": 1}], ("model", "extra"): {}, ("name",): "a"}


@pytest.mark.parametrize("found", [{("a",): 1, ("a", "b"): 2}, {("a", "b"): 2, ("a",): 1}])
def test_what_would_have_to_be_two_things_is_a_clash(found: dict[tuple[str, ...], Any]) -> None:
    with pytest.raises(leaves.Clash) as clash:
        leaves.nested(found)
    assert clash.value.key == "a"


def test_an_empty_mapping_beside_what_is_in_it_is_left_as_it_was() -> None:
    empty: Document = {}
    assert leaves.nested({("a",): empty, ("a", "b"): 1}) == {"a": {"b": 1}}
    assert leaves.nested({("a", "b"): 1, ("a",): empty}) == {"a": {"b": 1}}
    assert empty == {}


@pytest.mark.parametrize(("one", "other"), [(1.0, 1), ({"a": 1, "b": 2.0}, {"b": 2, "a": 1}), ([0.5], [0.5])])
def test_what_is_one_to_vapi_has_one_fingerprint(one: object, other: object) -> None:
    assert leaves.fingerprint(one) == leaves.fingerprint(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        (0, False),
        (1, "1"),
        (None, ABSENT),
        (None, "null"),
        ([1, 2], [2, 1]),
        ("a", "a "),
        ({}, []),
    ],
)
def test_what_differs_has_different_fingerprints(one: object, other: object) -> None:
    assert leaves.fingerprint(one) != leaves.fingerprint(other)
