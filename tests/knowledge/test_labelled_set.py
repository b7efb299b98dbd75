"""The labelled set is what it claims to be: labels that hold, enough of each kind, nothing copied."""

import re
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from benchmarks.knowledge import handbook, labelled

QUESTIONS: Final = labelled.questions()
DOCUMENTS: Final = labelled.documents()
DEMO: Final = sorted((Path(__file__).parents[2] / "local" / "documents").rglob("*.*"))
_TELEPHONE: Final = re.compile(r"\b\d{3}[- .)]+\d{3}[- .]?\d{4}\b|\b\d{10,11}\b")
_SENTENCE_END: Final = re.compile(r"[.!?]\s|[。！？]")


def test_each_place_stands_once_in_its_document_and_within_a_page_and_a_sentence() -> None:
    for question in QUESTIONS:
        for place in question.answers:
            assert place.document in DOCUMENTS, question
            pages = labelled.text(place.document).split("\f")
            found = sum(labelled.squeezed(page).count(labelled.squeezed(place.contains)) for page in pages)
            assert found == 1, (question.id, place)
            assert not _SENTENCE_END.search(place.contains), (question.id, place)


def test_a_pair_says_in_which_language_the_answer_stands() -> None:
    for question in QUESTIONS:
        spoken, _, written = question.pair.partition(">")
        languages = {labelled.language_of(place.document) for place in question.answers}
        assert question.language == spoken, question
        if written == "none":
            assert not languages, question
        else:
            assert written in languages, question
            # Across languages there is no second place that an easier search could find.
            assert spoken == written or languages == {written}, question


def test_there_are_enough_questions_of_each_kind_and_half_of_each_are_sealed() -> None:
    pairs = Counter(question.pair for question in QUESTIONS)
    tuning = Counter(question.pair for question in QUESTIONS if question.split == "tuning")

    assert all(pairs[pair] >= 45 for pair in ("en>en", "zh>zh", "en>zh", "zh>en"))
    assert pairs["en>none"] + pairs["zh>none"] >= 40
    assert all(abs(pairs[pair] - 2 * tuning[pair]) <= 2 for pair in pairs)
    assert {question.split for question in QUESTIONS} == {"tuning", "sealed"}


def test_questions_are_asked_once() -> None:
    assert len({question.id for question in QUESTIONS}) == len(QUESTIONS)
    assert len({labelled.squeezed(question.question) for question in QUESTIONS}) == len(QUESTIONS)


def test_no_question_copies_a_document() -> None:
    texts = [labelled.squeezed(labelled.text(document)).casefold() for document in DOCUMENTS]
    for question in QUESTIONS:
        asked = labelled.squeezed(question.question).casefold()
        assert not any(asked in text for text in texts), question


def test_every_document_is_asked_for() -> None:
    asked = {place.document for question in QUESTIONS for place in question.answers}
    assert asked == set(DOCUMENTS)


@pytest.mark.parametrize("spoken", ["604 555 0133", "(416) 555-0177", "+16045550100"])
def test_a_telephone_number_is_known_as_one(spoken: str) -> None:
    assert _TELEPHONE.search(spoken)


def test_telephone_numbers_are_invented() -> None:
    texts = [labelled.text(document) for document in DOCUMENTS]
    texts += [question.question for question in QUESTIONS]
    texts += [path.read_text("utf-8") for path in DEMO]
    found = [match[0] for text in texts for match in _TELEPHONE.finditer(text)]

    assert len(found) > 10
    assert all(re.sub(r"\D", "", number)[-7:].startswith("55501") for number in found), found


def test_the_handbook_is_long_and_the_same_each_time() -> None:
    pages = handbook.pages()
    sentences = Counter(re.split(r"(?<=\.)\s+", " ".join(" ".join(pages).split())))

    assert len(pages) >= 60
    assert handbook.pdf() == DOCUMENTS[labelled.HANDBOOK]
    assert DOCUMENTS[labelled.HANDBOOK].count(b"/Type /Page ") == len(pages)
    repeated = [sentence for sentence, times in sentences.items() if times > 1 and len(sentence) > 30]
    assert not repeated
