"""Google's universal sentence encoder, multilingual 3, in the one function of ours that holds it.

That function is `functions/knowledge/embed`: numpy and the model are 100 MB and two seconds that nobody
else should carry. It is asked by Lambda's Invoke API: `{"texts": [...]}` becomes `{"model", "vectors"}`, the
vectors in order as base64 of little-endian 32-bit floats, a quarter of what they would be in JSON.
"""

import json
import struct
from base64 import b64decode
from collections.abc import Sequence
from functools import partial
from itertools import chain
from typing import Any, ClassVar, Final

from frontdesk import aws
from frontdesk.knowledge import asking
from frontdesk.knowledge.embedding import DIMENSIONS, ENCODER, EmbedderFailed, Vector, begun, unit
from frontdesk.settings import settings
from frontdesk.trigger import Model

_LONGEST: Final = 4_000
"""Bytes. The model has no limit, but takes 20 KB of memory a token: 80 MB for so many of one byte each."""
_BATCH: Final = 128
"""Texts of a request."""
_AT_ONCE: Final = 1
"""Requests: another would wait for another environment of the function to start."""


class Encoder:
    """An `Embedder`."""

    model: ClassVar[Model] = ENCODER

    def embed(self, texts: Sequence[str], *, deadline: float) -> list[Vector]:
        """Batches, one after the other."""
        cut = [begun(text, _LONGEST) for text in texts]
        batches = [cut[start : start + _BATCH] for start in range(0, len(cut), _BATCH)]
        ask = partial(_vectors, aws.client("lambda"))
        made = asking.answers(ask, batches, at_once=_AT_ONCE, deadline=deadline)
        return list(chain.from_iterable(made))


def _vectors(client: Any, texts: list[str]) -> list[Vector]:
    answer = client.invoke(
        FunctionName=settings().embed_function,
        Payload=json.dumps({"texts": texts}, ensure_ascii=False).encode(),
    )
    payload = answer["Payload"].read()
    if answer.get("FunctionError"):
        raise EmbedderFailed("the function that embeds failed")  # its words may be the text's
    try:
        said: Any = json.loads(payload)
        if said["model"] != ENCODER:
            raise EmbedderFailed("vectors of another model")
        packed = b64decode(said["vectors"], validate=True)
        vectors = [unit(numbers) for numbers in struct.iter_unpack(f"<{DIMENSIONS}f", packed)]
    except (ValueError, LookupError, TypeError, struct.error) as error:
        raise EmbedderFailed("no vectors in the answer") from error
    if len(vectors) != len(texts):
        raise EmbedderFailed(f"{len(vectors)} vectors of {len(texts)} texts")
    return vectors
