"""Bytes of a text file as letters, whatever the program that saved it thought of."""

import codecs
import re
from collections.abc import Iterable
from typing import Final

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CHINESE: Final = ("gb18030", "big5")
_COMMON: Final = frozenset(
    "的一是在不了有人我他要和来用时到下会可们这为您请医诊院门号电话年月日上中周问答费元带停车"
    "來時會們這為請醫診門號電話問費帶車個後開點預約"
)
"""Any Chinese text of a clinic has some of these; hardly any other text does when it is misread."""
_LEAST_COMMON: Final = 0.1
_HEAD: Final = 65_536


def decode(data: bytes, *, is_cut: bool = False) -> str:
    """The text; never fails, for in the end every byte is a letter of Western Europe.

    Args:
        data: a file's bytes.
        is_cut: they may end in the middle of a letter.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(data, final=not is_cut)
    except UnicodeDecodeError:
        pass
    head = data[:_HEAD]
    if b"\x00" in head and (encoding := _sixteen_bits(head)):
        return data.decode(encoding, "replace")
    scores = {encoding: _chinese(head, encoding) for encoding in _CHINESE}
    best = max(scores, key=lambda encoding: scores[encoding])
    return data.decode(best if scores[best] > _LEAST_COMMON else "cp1252", "replace")


def _sixteen_bits(head: bytes) -> str | None:
    """UTF-16 without its mark: spaces and digits have a zero on one side, and always on the same."""
    little = sum(1 for one in _pairs(head) if one[1] == 0 and one[0])
    big = sum(1 for one in _pairs(head) if one[0] == 0 and one[1])
    if max(little, big) < len(head) / 40 or min(little, big) > max(little, big) / 10:
        return None
    return "utf-16-le" if little > big else "utf-16-be"


def _pairs(data: bytes) -> Iterable[tuple[int, int]]:
    return zip(data[::2], data[1::2], strict=False)


def _chinese(head: bytes, encoding: str) -> float:
    """How many of the characters that aren't ASCII are common Chinese ones; 0 when the bytes don't fit."""
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeDecodeError:
        return 0
    foreign = re.findall(r"[\u4e00-\u9fff]", text)
    return sum(c in _COMMON for c in foreign) / len(foreign) if foreign else 0
