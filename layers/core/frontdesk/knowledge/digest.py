"""What a clinic's documents say of what callers ask most, in a few lines for the first prompt of every call.

Made anew whenever a document becomes current or goes, or the clinic has other languages or another model: the
same search as a caller's question has, asked the same questions at every clinic. What it doesn't find isn't
there; what reads like an order to a model is left to `search_knowledge`, for a prompt is where an order would
do most harm.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple
from uuid import UUID

from frontdesk import events
from frontdesk.calls.entries import ClinicChanged
from frontdesk.db import queries
from frontdesk.db.claims import clinic_transaction
from frontdesk.db.transaction import Transaction
from frontdesk.errors import DeadlineExceeded
from frontdesk.knowledge import answers, searching
from frontdesk.knowledge.embedding import EmbedderFailed
from frontdesk.knowledge.searching import Found
from frontdesk.speech.language import Language

_SQL: Final = queries.beside(__file__)
LONGEST: Final = 1_200
"""Characters a language: the prompt is read before every turn of the model."""
_TRIES: Final = 5


class Topic(NamedTuple):
    """What is asked at every clinic, each language's own way first."""

    label: Mapping[Language, str]
    questions: Mapping[Language, tuple[str, ...]]


TOPICS: Final = (
    Topic(
        {"en": "Opening hours", "zh": "营业时间"},
        {
            "en": ("What are your opening hours?", "Are you open on weekends?"),
            "zh": ("你们的营业时间是几点到几点？", "周末开门吗？"),
        },
    ),
    Topic(
        {"en": "Parking", "zh": "停车"},
        {
            "en": ("Where can I park?", "How much does parking cost?"),
            "zh": ("在哪里停车？", "停车怎么收费？"),
        },
    ),
    Topic(
        {"en": "Fees", "zh": "收费"},
        {
            "en": ("What are your fees?", "How much is a sick note?", "How can I pay?"),
            "zh": ("怎么收费？", "开病假条多少钱？", "可以怎么付款？"),
        },
    ),
    Topic(
        {"en": "First visit", "zh": "初诊"},
        {
            "en": ("What should I bring to my first visit?", "How early should I come to my first visit?"),
            "zh": ("初诊要带什么？", "第一次来要提前多久到？"),
        },
    ),
)


class _State(NamedTuple):
    """What a digest is made of; while it is the same, so is the digest."""

    languages: list[Language]
    model: str | None
    versions: list[int]


def rebuild(org_id: UUID, deadline: float) -> None:
    """Writes the clinic's digest as its documents are now, and raises `ClinicChanged` if it changed.

    Of two at once the one that saw the later documents has the last word. Raises `ProviderFailed`, when the
    embedder is away or the documents change faster than they can be asked; the digest stays what it was, and
    it is to be called again.
    """
    for _ in range(_TRIES):
        with clinic_transaction(org_id, deadline) as db:
            state = _state(db)
            texts: dict[Language, str] = {
                language: _digest(db, language, deadline) if state.versions else ""
                for language in state.languages
            }
            # The later of two waits here, and then sees what the other one can't have seen.
            db.run(_SQL["digest_lock"])
            if _state(db) != state:
                continue
            changed = _write(db, texts)
        if changed:
            events.raise_event("ClinicChanged", ClinicChanged(org_id=org_id))
        return
    raise DeadlineExceeded("the documents go on changing")


def _state(db: Transaction) -> _State:
    found = db.one(_State, _SQL["digest_of"])
    assert found is not None  # noqa: S101 - the query gives one row
    return found


def _digest(db: Transaction, language: Language, deadline: float) -> str:
    """A line a topic, with its sources; empty where the documents say nothing of any."""
    told: set[int] = set()
    lines: list[str] = []
    for topic in TOPICS:
        label = topic.label[language]
        found = _found(db, topic.questions[language], language, told, deadline)
        if said := "".join(_said(found, language, LONGEST // len(TOPICS) - len(label) - 3)).strip():
            lines.append(f"{label}: {said}")
    return "\n".join(lines)


def _found(
    db: Transaction, questions: Sequence[str], language: Language, told: set[int], deadline: float
) -> list[tuple[str, Found]]:
    """The best passage of each question that no line has yet; another language's only where there is none."""
    own: dict[int, tuple[str, Found]] = {}
    other: dict[int, tuple[str, Found]] = {}
    for question in questions:
        answered = searching.ask(db, question, deadline=deadline)
        if answered.by == "words":
            # A call can't wait for the embedder; what every call is told until the next change can.
            raise EmbedderFailed("no digest is made by words alone")
        new = [one for one in answers.safe(answered.sure) if one.chunk_id not in told | own.keys()]
        for held, is_own in ((own, True), (other, False)):
            for one in new:
                if (searching.is_chinese(one.text) == (language == "zh")) is is_own:
                    held[one.chunk_id] = (question, one)
                    break
    told.update(own or other)
    return list((own or other).values())


def _said(found: Iterable[tuple[str, Found]], language: Language, room: int) -> Iterator[str]:
    """Whole sentences of each passage with its source, as long as there is room, in characters."""
    for question, one in found:
        name = answers.spoken_name(one.document)
        source = f"（《{name}》）" if language == "zh" else f" ({name}) "
        text = answers.in_context(one, question)
        if whole := answers.whole_sentences(text, question, room - len(source), len):
            room -= len(whole + source)
            yield whole + source


def _write(db: Transaction, texts: Mapping[Language, str]) -> bool:
    said = {language: text for language, text in texts.items() if text}
    gone = db.run(_SQL["digests_gone"], kept=list(said))
    written = sum(
        db.run(_SQL["digest_written"], language=language, text=text) for language, text in said.items()
    )
    return bool(gone or written)
