"""The languages the desk speaks."""

import re
from typing import Any, Final, Literal, get_args

Language = Literal["en", "zh"]
"""ISO 639-1. Chinese is Mandarin, written in simplified characters."""

LANGUAGES: tuple[Language, ...] = get_args(Language)

_NAMES: Final[dict[str, Language]] = {
    **dict.fromkeys(("en", "eng", "english", "英文", "英语", "英語"), "en"),
    **dict.fromkeys(("zh", "zho", "cmn", "chinese", "mandarin", "putonghua"), "zh"),
    **dict.fromkeys(("中文", "普通话", "普通話", "国语", "國語", "汉语", "漢語", "华语", "華語"), "zh"),
}


def language_heard(said: Any) -> Language | None:
    """The one language that a code or a name means: `zh`, `zh-CN`, "Mandarin Chinese", 普通话; else None."""
    if not isinstance(said, str):
        return None
    words = re.findall(r"[^\W_]+", said.casefold())
    named: set[Language] = {_NAMES[word] for word in words if word in _NAMES}
    return named.pop() if len(named) == 1 else None
