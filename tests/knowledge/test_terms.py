"""What a text is found by when it is searched by words."""

import pytest

from frontdesk.knowledge import terms


def words(text: str) -> set[str]:
    """The terms of a text, without its concepts."""
    return {term for term in terms.of(text) if not term.startswith(terms.CONCEPT)}


def concepts(text: str) -> set[str]:
    """The concepts of a text alone."""
    return {term for term in terms.of(text) if term.startswith(terms.CONCEPT)}


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Call +1 (604) 555-0104.", "604 555 0104"),
        ("604-555-0104", "6045550104"),
        ("It costs $35.00.", "35"),
        ("收费３５元", "35"),
        ("$1,250", "1250"),
        ("vaccinations", "vaccination"),
        ("We renew prescriptions.", "prescription"),
        ("Metformin 500 mg", "metformin"),
        ("陳醫生星期二看診", "陈医生"),
        ("the clinic’s entrance", "clinic"),
        ("A1C tests", "a1c test"),
    ],
)
def test_what_is_written_is_found_as_it_is_said(written: str, said: str) -> None:
    assert words(said)
    assert words(said) <= words(written)


def test_what_every_question_has_finds_nothing() -> None:
    assert words("hi um can you please tell me where") == set()
    assert words("请问") == set()


def test_how_often_a_word_stands_there_is_counted_and_a_concept_once() -> None:
    found = terms.of("Parking: park behind the house. 停车")

    assert found["park"] == 2
    assert found["=park"] == 1


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("where is the bathroom", "The washroom is behind reception."),
        ("哪里可以停车", "There are stalls behind the building."),
        ("how much is a sick note", "病假单每份三十元"),
        ("do I need to fast", "抽血前请空腹"),
        ("請問可以預約嗎", "We book appointments online."),
    ],
)
def test_two_words_for_one_thing_meet_in_a_concept(asked: str, answered: str) -> None:
    assert not words(asked) & words(answered)
    assert concepts(asked) & concepts(answered)


def test_a_line_of_the_thesaurus_names_a_concept_of_its_own() -> None:
    lines = terms.THESAURUS.read_text("utf-8").splitlines()
    names = [line.split("|")[0].split(",")[0].strip() for line in lines]

    assert len(set(names)) == len(names)
    assert all(
        english.strip() and chinese.strip() for english, chinese in (line.split("|") for line in lines)
    )
