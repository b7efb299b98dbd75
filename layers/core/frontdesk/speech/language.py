"""The languages the desk speaks."""

from typing import Any, Final, Literal, get_args

Language = Literal["en", "zh"]
"""ISO 639-1. Chinese is Mandarin, written in simplified characters."""

LANGUAGES: tuple[Language, ...] = get_args(Language)

_NAMES: Final[dict[str, Language]] = {
    **dict.fromkeys(("en", "eng", "english", "英文", "英语"), "en"),
    **dict.fromkeys(("zh", "zho", "cmn", "chinese", "mandarin", "中文", "普通话", "国语", "汉语"), "zh"),
}


def language_heard(said: Any) -> Language | None:
    """The language a code or a name means: `zh`, `zh-CN`, "Mandarin", 普通话; None for any other."""
    if not isinstance(said, str):
        return None
    name = said.strip().casefold()
    return _NAMES.get(name) or _NAMES.get(name.replace("_", "-").partition("-")[0])
