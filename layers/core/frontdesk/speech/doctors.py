"""How a provider is called in the call's language: one name for one person, in words and in answers alike."""

from typing import Final

from frontdesk.speech.language import Language

_TITLES: Final = ("Dr. ", "Dr ", "Doctor ")


def called(name: str, name_zh: str | None, language: Language) -> str:
    """The name as it is said in that language; in Chinese, without a Chinese one, "Dana Example 医生"."""
    if language != "zh":
        return name
    if name_zh:
        return name_zh
    title = next((title for title in _TITLES if name.startswith(title)), None)
    return f"{name.removeprefix(title)} 医生" if title else name
