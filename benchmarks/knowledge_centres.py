"""Writes what questions and passages have in common by language, for `frontdesk.knowledge.searching`.

python -m benchmarks.knowledge_centres: of the `tuning` questions of the labelled set, and of the passages of
the demo's documents, so that what is measured on the labelled documents isn't made of them.
"""

import json
import struct
import time
from base64 import b64encode
from collections.abc import Sequence

from benchmarks.knowledge import labelled
from benchmarks.knowledge_quality import encoder
from frontdesk.knowledge import parts, reading, searching
from frontdesk.knowledge.embedding import ENCODER, Vector
from infra.packaging import ROOT


def main() -> None:
    """Needs the dependency group `embedder`; a model other than the encoder has none."""
    questions: dict[str, list[str]] = {"en": [], "zh": []}
    passages: dict[str, list[str]] = {"en": [], "zh": []}
    for question in labelled.questions():
        if question.split == "tuning":
            questions[question.language].append(parts.of_question(question.question))
    for path in sorted((ROOT / "local" / "documents").rglob("*.*")):
        for passage in reading.read(path, path.name, ends=time.monotonic() + 60).passages:
            language = "zh" if searching.is_chinese(passage.text) else "en"
            passages[language].append(parts.of_passage(passage.heading, passage.text)[0])
    embed = encoder()
    made = {
        kind: {language: _centre(embed(texts)) for language, texts in by_language.items()}
        for kind, by_language in (("questions", questions), ("passages", passages))
    }
    searching.CENTRES.write_text(json.dumps({ENCODER: made}, indent=1) + "\n", encoding="utf-8")


def _centre(vectors: Sequence[Vector]) -> str:
    mean = [sum(numbers) / len(vectors) for numbers in zip(*vectors, strict=True)]
    return b64encode(struct.pack(f"<{len(mean)}e", *mean)).decode()


if __name__ == "__main__":
    main()
