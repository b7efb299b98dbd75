"""What makes vectors of texts, whichever model does: one protocol, one kind of vector, one error.

Vectors of two models mean nothing to each other, so whoever keeps one keeps its model's name beside it.
This module is cheap to import; boto3 comes with the first `embedder`, 400 ms that a function which embeds
spends at its start.
"""

import math
from collections.abc import Iterable, Sequence
from typing import ClassVar, Final, Protocol

from frontdesk.errors import ProviderFailed
from frontdesk.trigger import Model

TITAN: Final[Model] = "amazon.titan-embed-text-v2:0"
ENCODER: Final[Model] = "universal-sentence-encoder-multilingual-3"
DIMENSIONS: Final = 512
Vector = tuple[float, ...]
"""`DIMENSIONS` numbers of length 1, so that the inner product of two is their cosine."""
_OFF_BY: Final = 1e-3
"""How far from 1 a length may be, by rounding."""


class EmbedderFailed(ProviderFailed):
    """No vectors, or none that can be used: it was away, throttled us, was too slow, or talked nonsense."""


class Embedder(Protocol):
    """One model."""

    model: ClassVar[Model]
    """Its name, as kept beside its vectors."""

    def embed(self, texts: Sequence[str], *, deadline: float) -> list[Vector]:
        """A vector for each text, in order; all or none.

        Of a text longer than the model takes only the beginning is in its vector.

        Args:
            texts: any number; one that is empty or blank is a `ValueError`.
            deadline: on the clock of `time.monotonic`; later than that nobody is kept waiting.

        Raises:
            EmbedderFailed: also for the deadline.
        """
        ...


def embedder(model: Model) -> Embedder:
    """The embedder of that name."""
    match model:
        case "amazon.titan-embed-text-v2:0":
            from frontdesk.knowledge.titan import Titan

            return Titan()
        case "universal-sentence-encoder-multilingual-3":
            from frontdesk.knowledge.encoder import Encoder

            return Encoder()


def sql_text(vector: Vector) -> str:
    """The vector as pgvector reads it, for a parameter `::vector`; 7 digits, all that its floats hold."""
    return "[" + ",".join([f"{number:.7g}" for number in vector]) + "]"


def unit(numbers: Iterable[float]) -> Vector:
    """What a model answered, as a vector. Raises `EmbedderFailed` for another count, or another length."""
    try:
        vector = tuple(float(number) for number in numbers)
        length = math.hypot(*vector)
    except (TypeError, ValueError, OverflowError) as error:
        raise EmbedderFailed("no numbers") from error
    # NaN is near nothing, so the question is not whether it is far off.
    if len(vector) != DIMENSIONS or not abs(length - 1) <= _OFF_BY:
        raise EmbedderFailed(f"{len(vector)} numbers of another length than 1")
    return vector


def begun(text: str, longest: int) -> str:
    """As much of the beginning of the text as fits into `longest` bytes of UTF-8, in whole characters.

    Raises `ValueError` where there is nothing.
    """
    found = text.encode(errors="replace")[:longest].decode(errors="ignore").strip()
    if not found:
        raise ValueError("an empty text has no vector")
    return found
