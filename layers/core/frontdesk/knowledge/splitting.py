"""Blocks become passages: short enough to be found by one question and read aloud, long enough to answer it.

A paragraph that fits is one passage; a longer one is parted at the ends of sentences, in both scripts, and
each part begins with the last sentence of the one before. Every sentence is in some passage, in its order.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from frontdesk.knowledge.blocks import Block, Passage, is_wide, weight

LIMIT: Final = 400
"""The most a passage weighs: characters of Latin text, or 160 Chinese ones."""
LONGEST_HEADING: Final = 120
"""What weighs more is text, whatever it is marked as."""
_LONGEST_LABEL: Final = 80
"""The same of a table's header cell, of which the rest is left out: it comes again with every row."""

_END: Final = re.compile(
    r"(?:[。！？；]+|[.!?\u2026\u061f\u06d4]+(?=[\"'”’)\]]*(?:\s|$)))[\"'”’」』）)\]]*\s*"
)
_ABBREVIATED: Final = re.compile(
    r"(?:\b(?:dr|drs|mr|mrs|ms|prof|st|ste|ave|blvd|rd|ext|tel|approx|vs|dept|inc|e\.g|i\.e)|\b[A-Za-z])\.$",
    re.I,
)
_NUMBERED: Final = re.compile(r"\bno\.\s*$", re.I)
_PAUSE: Final = re.compile(r"[，、：,:;]\s*|\s+")
_ASKED: Final = re.compile(r"^(?:Q(?:uestion)?|问题?|問題?)\s*\d{0,3}\s*[:：.、]\s*")
_ANSWERED: Final = re.compile(r"^(?:A(?:nswer)?|答案?|回答)\s*\d{0,3}\s*[:：.、]\s*")


def passages(blocks: Iterable[Block]) -> Iterator[Passage]:
    """The passages of a document's blocks, in order; none weighs more than `LIMIT`, none is empty."""
    path: list[Block] = []
    bare: Block | None = None
    for run in _runs(_questions(list(blocks))):
        first = run[0]
        if first.kind == "heading":
            if bare and first.level <= bare.level:
                yield _alone(path)
            path = [*(above for above in path if above.level < first.level), first]
            bare = first
            continue
        bare = None
        heading = _path(path)
        if first.kind == "answer":
            asked = first.header.split("\t")
            begun = [next(_pieces(part, LONGEST_HEADING)).strip() for part in asked]
            heading = " > ".join(filter(None, (heading, *begun)))
            if rest := asked[-1].removeprefix(begun[-1]).strip():
                run = [first._replace(text=f"{rest} {first.text}")]
        for text in _texts(run):
            yield Passage(text, heading, first.page)
    if bare:
        yield _alone(path)


def sentences(text: str) -> Iterator[str]:
    """The sentences of a text, each with the space after it, so that put together they are the text."""
    begins = 0
    for end in _END.finditer(text):
        if end[0][0] == "." and _goes_on(
            text[max(0, end.start() - 12) : end.start() + 1], text[end.end() :][:1]
        ):
            continue
        yield text[begins : end.end()]
        begins = end.end()
    if begins < len(text):
        yield text[begins:]


def _goes_on(before: str, after: str) -> bool:
    """Whether a stop with this before and after it ends no sentence."""
    return after.islower() or bool(
        after and (_ABBREVIATED.search(before) or (after.isdigit() and _NUMBERED.search(before)))
    )


def _path(path: Sequence[Block]) -> str:
    return " > ".join(heading.text for heading in path)


def _alone(path: Sequence[Block]) -> Passage:
    """A heading that nothing stands under is what its section says."""
    return Passage(path[-1].text, _path(path[:-1]), path[-1].page)


def _questions(blocks: Sequence[Block]) -> Iterator[Block]:
    """The blocks, where a question with text under it is the text's heading, and long headings are text.

    A question alone would be the best match of whoever asks it, and answer nothing.
    """
    for place, block in enumerate(blocks):
        follower = blocks[place + 1] if place + 1 < len(blocks) else None
        if block.kind == "heading" and weight(block.text) > LONGEST_HEADING:
            yield block._replace(kind="text", level=0)
        elif block.kind == "text" and follower and follower.kind in ("text", "item") and _asks(block.text):
            if _asks(follower.text) and follower.kind == "text":
                yield block
            else:
                yield block._replace(kind="heading", text=_ASKED.sub("", block.text), level=6)
        elif block.kind in ("text", "item") and place and _asks(blocks[place - 1].text):
            yield block._replace(text=_ANSWERED.sub("", block.text) or block.text)
        else:
            yield block


def _asks(text: str) -> bool:
    return (
        weight(text) <= LONGEST_HEADING
        and (text.endswith(("?", "？")) or bool(_ASKED.match(text)))
        and bool(_ASKED.sub("", text))
        and len(list(sentences(text))) == 1
    )


def _runs(blocks: Iterable[Block]) -> Iterator[list[Block]]:
    """Blocks that are told together: a list with the line that leads to it; each other alone."""
    run: list[Block] = []
    for block in blocks:
        if block.kind == "item" and run and (run[-1].kind == "item" or _leads(run[-1])):
            run.append(block)
            continue
        if run:
            yield run
        run = [block]
    if run:
        yield run


def _leads(block: Block) -> bool:
    if block.kind != "text" or weight(block.text) > LONGEST_HEADING:
        return False
    return block.text.endswith((":", "：")) or not _END.search(block.text[-2:])


def _texts(run: Sequence[Block]) -> Iterator[str]:
    first = run[0]
    if first.kind == "item" or len(run) > 1:
        lead = "" if first.kind == "item" else first.text
        yield from _listed(lead, [block.text for block in run if block.kind == "item"])
    elif first.kind == "row":
        yield from _told(first.header.split("\t") if first.header else [], first.text.split("\t"))
    else:
        yield from _parts(first.text, LIMIT)


def _listed(lead: str, items: Iterable[str]) -> Iterator[str]:
    """A list: short items together while they fit, a sentence alone, each time after the lead-in line."""
    room = LIMIT - weight(lead) - 1
    told = ""
    for item in items:
        for part in _parts(item, room):
            mark = " " if told.endswith((";", ",", "；", "，", "、")) else "；" if is_wide(part[0]) else "; "
            is_sentence = bool(_END.fullmatch(part[-1]))
            if told and (is_sentence or weight(told + mark + part) > room):
                yield _after(lead, told)
                told = ""
            told = told + mark + part if told else part
            if is_sentence:
                yield _after(lead, told)
                told = ""
    if told:
        yield _after(lead, told)


def _after(lead: str, text: str) -> str:
    return lead + ("" if not lead or is_wide(lead[-1]) else " ") + text


def _told(header: Sequence[str], cells: Sequence[str]) -> Iterator[str]:
    """A row as it is said, `Service: Sick note; Fee: $20`; of one too long each part begins anew."""
    labels = [*(cell[:_LONGEST_LABEL] for cell in header), *[""] * (len(cells) - len(header))]
    if not header and len(cells) > 1 and weight(cells[0]) <= _LONGEST_LABEL:
        # Without a header the first cell says what the others are about: `Monday: 9 to 5`.
        labels, cells = [cells[0], *[""] * (len(cells) - 2)], cells[1:]
    told = [_after(_labelled(label), cell) for label, cell in zip(labels, cells, strict=True) if cell]
    if not told:
        yield from filter(None, labels[: 0 if header else 1])
        return
    key = told[0] if weight(told[0]) <= LIMIT / 4 else ""
    whole = ""
    for label, cell in ((label, cell) for label, cell in zip(labels, cells, strict=True) if cell):
        named = _labelled(label)
        for part in _parts(cell, LIMIT - weight(named) - weight(key) - 4):
            said = _after(named, part)
            mark = "；" if is_wide(said[-1]) else "; "
            if whole and weight(whole + mark + said) > LIMIT:
                yield whole
                whole = key
            whole = whole + mark + said if whole else said
    yield whole


def _labelled(label: str) -> str:
    return label + ("：" if is_wide(label[-1]) else ":") if label else ""


def _parts(text: str, room: float) -> Iterator[str]:
    """The text in parts of at most `room`; each begins with the last sentence of the one before."""
    if weight(text) <= room:
        yield text
        return
    part: list[str] = []
    for sentence in (piece for whole in sentences(text) for piece in _pieces(whole, room)):
        if part and weight("".join((*part, sentence)).rstrip()) > room:
            yield "".join(part).strip()
            last = part[-1]
            overlaps = weight(last) <= room / 2 and weight((last + sentence).rstrip()) <= room
            part = [last] if overlaps else []
        part.append(sentence)
    yield "".join(part).strip()


def _pieces(sentence: str, room: float) -> Iterator[str]:
    """A sentence, or what it is cut into at its pauses when it alone weighs more than `room`."""
    if weight(sentence) <= room:
        yield sentence
        return
    begins, pause, weighs = 0, 0, 0.0
    pauses = {found.end() for found in _PAUSE.finditer(sentence)}
    for place, character in enumerate(sentence):
        if place in pauses:
            pause = place
        weighs += weight(character)
        if weighs > room:
            cut = pause if pause > begins else place
            yield sentence[begins:cut]
            begins, weighs = cut, weight(sentence[cut : place + 1])
    yield sentence[begins:]
