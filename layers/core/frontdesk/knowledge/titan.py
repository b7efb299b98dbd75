"""Amazon Titan Text Embeddings V2 at Bedrock, in this function's own region.

The wire: AWS, "Amazon Titan Embeddings Text" (Bedrock user guide, model parameters), read 2026-11-22.
"""

import json
from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar, Final

from frontdesk import aws
from frontdesk.knowledge import asking
from frontdesk.knowledge.embedding import DIMENSIONS, TITAN, EmbedderFailed, Vector, begun, unit
from frontdesk.trigger import Model

_LONGEST: Final = 8_000
"""Bytes. The model takes 8,192 tokens and refuses more; no token is less than a byte."""
_AT_ONCE: Final = 8
"""A request takes one text. botocore keeps ten connections."""


class Titan:
    """An `Embedder`."""

    model: ClassVar[Model] = TITAN

    def embed(self, texts: Sequence[str], *, deadline: float) -> list[Vector]:
        """One request a text, several at a time."""
        cut = [begun(text, _LONGEST) for text in texts]
        # Made here: to make a client in several threads at once is not safe.
        ask = partial(_vector, aws.client("bedrock-runtime"))
        return asking.answers(ask, cut, at_once=_AT_ONCE, deadline=deadline)


def _vector(client: Any, text: str) -> Vector:
    asked = {"inputText": text, "dimensions": DIMENSIONS, "normalize": True}
    answer = client.invoke_model(
        modelId=TITAN, body=json.dumps(asked), contentType="application/json", accept="application/json"
    )
    try:
        said: Any = json.loads(answer["body"].read())
        return unit(said["embedding"])
    except (ValueError, LookupError, TypeError) as error:
        raise EmbedderFailed("no embedding in the answer") from error
