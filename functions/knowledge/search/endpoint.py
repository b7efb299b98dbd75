"""`POST /knowledge/search`: what the clinic's documents say to a question, as a caller would hear it."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from frontdesk.endpoint import Body, Endpoint, Parameters
from frontdesk.speech.language import Language
from frontdesk.tool import LONGEST_WORDS, Wire, clean


class Question(Body):
    question: Annotated[str, BeforeValidator(clean), Field(min_length=1, max_length=LONGEST_WORDS)]
    language: Language | None = None
    """Of the call that it would be; the question's if left out."""


class Passage(Wire):
    """One passage, as it stands in its document."""

    chunk_id: int
    document: str
    page: int | None
    """From 1; null where a format has no pages."""
    heading: str
    text: str
    is_suspicious: bool
    """Whether it reads like an order to a model: never spoken by itself, and worth a look."""
    similarity: float | None
    """In meaning: how much nearer than is usual in its language; null where words alone were compared."""
    score: float
    """By which they are ordered, of meaning and words together."""


class Answered(Wire):
    """The nearest first; none where nothing comes near."""

    found: bool
    """Whether the first answers, so that a caller is told it; else the agent reads whether any does."""
    by: Literal["both", "words"]
    """`words` where the meaning could not be compared: what embeds was away or late."""
    passages: list[Passage]
    say: str
    """What a caller hears."""


ENDPOINT = Endpoint(
    method="POST",
    path="/knowledge/search",
    parameters=Parameters,
    body=Question,
    answer=Answered,
    embeds=True,
)
