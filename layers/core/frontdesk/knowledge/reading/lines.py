"""Printed lines become blocks: headings, lists and tables where they are plainly meant, else paragraphs."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from frontdesk.knowledge.blocks import Block, is_wide, joined, one_line, weight

_GAP: Final = re.compile(r"\t+| {3,}")
_RULE: Final = re.compile(r"[-=_*#~·.\s]{3,}")
_BULLET: Final = re.compile(r"(?:[•●○▪■◦‣∙·*–—-]|o(?= [A-Z]))\s*(?=\S)")
_NUMBER: Final = re.compile(
    r"(?:\(?\d{1,2}[.)）]\s+|[（(]\d{1,2}[）)]\s*|\d{1,2}、\s*|\(?[a-z][.)]\s+)(?=\S)"
)
_NUMBERED: Final = re.compile(r"(\d{1,2}(?:\.\d{1,2})*)\.?\s+(?=[^\W\d_])")
_CHAPTER: Final = re.compile(r"第[\d一二三四五六七八九十百]{1,4}[章节節]|[一二三四五六七八九十]{1,3}、")
_STOPS: Final = (".", "。", "!", "！", ";", "；", ",", "，", "、", ":", "：", "?", "？")
_ENDED: Final = re.compile(r"[.!?。！？：:；;…][\"'”’」』）)\]]*$")
_LONGEST_HEADING: Final = 70
"""By weight; a line of text has 80 and more."""
_MOST_WORDS: Final = 9
_NARROW: Final = 50
_WHOLE: Final = 130
"""A line that weighs more is a paragraph that nobody broke."""


class _Line(NamedTuple):
    text: str
    page: int | None
    is_first: bool
    """Of its page, so that an empty line before it may be the page's end and no more."""


def blocks(lines: Iterable[tuple[str, int | None]]) -> Iterator[Block]:
    """The blocks of lines in the order in which they are read.

    Args:
        lines: each with its page. Empty ones part paragraphs; runs of three spaces, or a tab, part columns.
    """
    page: int | None = 0
    before: list[_Line] = []
    for text, on in lines:
        before.append(_Line(text.rstrip(), on, on != page))
        page = on
    groups = list(_groups(before))
    for place, group in enumerate(groups):
        yield from _of_group(group, is_followed=place + 1 < len(groups))


def _groups(lines: Sequence[_Line]) -> Iterator[list[_Line]]:
    """Lines without an empty one between them; a paragraph that goes on over the page's end is one group."""
    group: list[_Line] = []
    for line in lines:
        is_empty = not line.text.strip()
        if group and (not _goes_on(group[-1], line) if line.is_first else is_empty):
            yield group
            group = []
        if not is_empty:
            group.append(line)
    if group:
        yield group


def _goes_on(last: _Line, line: _Line) -> bool:
    text = line.text.strip()
    if not text or _ENDED.search(last.text) or len(_GAP.split(text)) > 1:
        return False
    return text[0].islower() or (is_wide(last.text[-1]) and is_wide(text[0]) and not _CHAPTER.match(text))


def _of_group(group: list[_Line], *, is_followed: bool) -> Iterator[Block]:
    place, width = 0, max(weight(line.text.strip()) for line in group)
    # An address, opening hours: nobody wraps a paragraph as narrow as that.
    is_list = (
        len(group) > 1 and width <= _NARROW and not any(line.text.strip()[0].islower() for line in group)
    )
    while place < len(group):
        if table := _table(group, place):
            yield from _rows(table)
            place += len(table)
            continue
        line = group[place]
        text = line.text.strip()
        following = group[place + 1].text.strip() if place + 1 < len(group) else ""
        if _RULE.fullmatch(text):
            place += 1
            continue
        if len(following) > 2 and not (following.strip("=") and following.strip("-")):
            # As Markdown has it too, and every mail.
            yield Block("heading", one_line(text), line.page, level=1 if "=" in following else 2)
            place += 2
            continue
        level = _level(text, following)
        begins = not place or _ends(group[place - 1], width)
        if level and begins and (_may_follow(text, following) if following else is_followed):
            yield Block("heading", one_line(text), line.page, level=level)
            place += 1
            continue
        taken = 1 if is_list else _paragraph(group, place, width)
        words = joined(_GAP.sub(" ", one.text) for one in group[place : place + taken])
        mark = _BULLET.match(words) or _NUMBER.match(words)
        if mark and len(words) > mark.end():
            # A number is told with its step, a bullet isn't.
            yield Block("item", words[mark.end() :] if _BULLET.match(words) else words, line.page)
        elif words:
            leads = words.endswith((":", "：", "?", "？"))
            yield Block("item" if is_list and not leads else "text", words, line.page)
        place += taken


def _paragraph(group: Sequence[_Line], place: int, width: float) -> int:
    """How many lines from here on are one paragraph, or one item of a list."""
    taken = 1
    while place + taken < len(group):
        text = group[place + taken].text.strip()
        before = group[place + taken - 1]
        is_asked = taken == 1 and before.text.endswith(("?", "？"))
        if is_asked or _starts(text) or _ends(before, width) or _table(group, place + taken):
            break
        taken += 1
    return taken


def _starts(text: str) -> bool:
    return bool(_BULLET.match(text) or _NUMBER.match(text) or _CHAPTER.match(text) or _RULE.fullmatch(text))


def _ends(line: _Line, width: float) -> bool:
    """Whether the paragraph ends with this line: it has room for more words, or nobody broke it."""
    weighs = weight(line.text.strip())
    return weighs > _WHOLE or weighs < width * (0.75 if _ENDED.search(line.text) else 0.5)


def _level(text: str, following: str) -> int:
    """What level of heading the line reads like; 0 for none."""
    if weight(text) > _LONGEST_HEADING or len(text.split()) > _MOST_WORDS or _GAP.search(text):
        return 0
    if text.endswith(_STOPS) or not re.search(r"[^\W\d_]", text):
        return 0
    if numbered := _NUMBERED.match(text):
        is_list = "." not in numbered[1] and (not following or _NUMBER.match(following))
        return 0 if is_list else min(6, 1 + numbered[1].count(".") + ("." not in numbered[1]))
    if _CHAPTER.match(text):
        return 2
    if _BULLET.match(text) or _NUMBER.match(text) or re.search(r"\d{3}|[$¥€@]|\d$", text):
        return 0
    if text.isupper() and not is_wide(text[0]):
        return 1
    return 2 if text[0].isupper() or not text[0].islower() else 0


def _may_follow(heading: str, following: str) -> bool:
    """Whether what follows at once is the text of a heading, not the next line of its paragraph."""
    if _NUMBERED.match(heading) or _CHAPTER.match(heading) or heading.isupper():
        return True
    is_longer = weight(following) > max(weight(heading) * 1.5, 40)
    return (is_longer and not following[0].islower()) or bool(_BULLET.match(following))


def _table(group: Sequence[_Line], place: int) -> list[_Line]:
    """The lines from here on that are plainly a table: two at least, with as many columns."""
    columns = _cells(group[place].text)
    if len(columns) < 2 or _RULE.fullmatch(group[place].text):
        return []
    end = place + 1
    while end < len(group):
        cells = _cells(group[end].text)
        # The rest of a cell that was too long for its column stands under it, alone.
        is_rest = len(cells) == 1 and _start(group[end].text) >= columns[1][0] - 1
        if _RULE.fullmatch(group[end].text) or is_rest or 2 <= len(cells) <= len(columns):
            end += 1
        else:
            break
    table = list(group[place:end])
    same = sum(len(_cells(line.text)) == len(columns) for line in table)
    return table if same >= 2 else []


def _cells(line: str) -> list[tuple[int, str]]:
    """What stands between the gaps of a line, each with the column where it begins."""
    line = line.rstrip().expandtabs(8) if "\t" not in line.strip() else line.strip().replace("\t", " " * 8)
    return [(found.start(), found[0]) for found in re.finditer(r"\S+(?: {1,2}\S+)*", line)]


def _start(line: str) -> int:
    return len(line) - len(line.lstrip())


def _rows(table: Sequence[_Line]) -> Iterator[Block]:
    lines = [line for line in table if not _RULE.fullmatch(line.text)]
    starts = [start for start, _ in _cells(lines[0].text)]
    rows: list[tuple[list[str], int | None]] = []
    for line in lines:
        found = _cells(line.text)
        if len(found) == 1 and rows:
            rows[-1][0][_nearest(starts, found[0][0])] += " " + found[0][1]
            continue
        cells = [""] * len(starts)
        for place, (start, text) in enumerate(found):
            column = place if len(found) == len(starts) else _nearest(starts, start)
            cells[column] = f"{cells[column]} {text}".strip()
        rows.append((cells, line.page))
    header = rows[0][0]
    if len(rows) < 2 or any(c.isdigit() for cell in header for c in cell):
        header = []
    for cells, page in rows[1:] if header else rows:
        yield Block("row", "\t".join(map(one_line, cells)), page, header="\t".join(map(one_line, header)))


def _nearest(starts: Sequence[int], start: int) -> int:
    return min(range(len(starts)), key=lambda column: abs(starts[column] - start))
