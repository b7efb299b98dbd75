"""The languages the desk speaks."""

from typing import Literal, TypeGuard, get_args

Language = Literal["en", "zh"]
"""ISO 639-1. Chinese is Mandarin, written in simplified characters."""

LANGUAGES: tuple[Language, ...] = get_args(Language)


def is_language(code: str) -> TypeGuard[Language]:
    """Whether the desk speaks it."""
    return code in LANGUAGES
