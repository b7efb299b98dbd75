"""The console's words, in the reader's language: GNU gettext's catalogues, and how times are written."""

import gettext
import re
from collections.abc import Callable
from datetime import date, datetime
from functools import cache, partial
from pathlib import Path
from string import Formatter
from typing import Any, Final
from zoneinfo import ZoneInfo

from frontdesk.console import cookies
from frontdesk.members.serving import Event, header, query
from frontdesk.speech.language import LANGUAGES, Language

LOCALES: Final = Path(__file__).parent / "locales"
DOMAIN: Final = "console"


def _(text: str) -> str:
    """Marks what stands in the catalogues; it is translated where it is shown."""
    return text


DONE: Final = {
    "saved": _("Saved."),
    "added": _("Added."),
    "removed": _("Removed."),
    "sent": _("Invited, by mail."),
    "expected": _("Invited. They can sign in already, so no mail went out: tell them."),
    "seen": _("Done: it doesn't stand here any more."),
    "approved": _("Approved. The patient's visit is booked."),
    "declined": _("Declined. The time is free again."),
    "booked": _("Booked."),
    "moved": _("Moved."),
    "cancelled": _("Cancelled. The time is free again."),
    "agent": _("Agent saved. Callers hear the change within seconds."),
}
"""What a page says once something was done, by the name that its address has."""
_WEEKDAYS: Final = "一二三四五六日"


def chosen(event: Event) -> tuple[Language, list[str]]:
    """The reader's language, and the cookie that keeps it where it was just chosen (`?lang=zh`)."""
    if asked := _known(query(event).get("lang", "")):
        return asked, [cookies.keep("language", asked)]
    # The first of those that the browser asks for (RFC 9110, 12.5.4); weights only repeat that order.
    preferred = (one.strip()[:2].casefold() for one in header(event, "accept-language").split(","))
    known = map(_known, (cookies.read(event, "language"), *preferred, "en"))
    return next(one for one in known if one), []


def _known(text: str) -> Language | None:
    return next((one for one in LANGUAGES if one == text), None)


@cache
def catalogue(language: Language) -> gettext.NullTranslations:
    """What stands for each English text; English stands for itself."""
    if language == "en":
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, LOCALES, [language])


def said(text: str, language: Language) -> str:
    """A sentence of ours in the reader's language, even one that was filled in when it was written down.

    What stood in its places stands there again; a sentence that no catalogue has stays as it is.
    """
    whole = catalogue(language).gettext(text) if text else ""
    if whole != text:
        return whole
    for sentence, translation in _with_places(language):
        if match := sentence.fullmatch(text):
            places = match.groupdict().items()
            return translation.format(
                **{name: catalogue(language).gettext(word) if word else "" for name, word in places}
            )
    return text


@cache
def _with_places(language: Language) -> list[tuple[re.Pattern[str], str]]:
    """The sentences with `{places}`, the longest first, each as what finds it, and its translation."""
    # gettext lists what it knows nowhere else; what has a plural stands there as a pair.
    known: dict[Any, str] = getattr(catalogue(language), "_catalog", {})
    found: list[tuple[int, re.Pattern[str], str]] = []
    for text, translation in known.items():
        if not isinstance(text, str) or "{" not in text:
            continue
        words = [(before, name) for before, name, _, _ in Formatter().parse(text)]
        one = "".join(re.escape(before) + (f"(?P<{name}>.*?)" if name else "") for before, name in words)
        found.append((sum(len(before) for before, _ in words), re.compile(one, re.DOTALL), translation))
    return [(pattern, translation) for _, pattern, translation in sorted(found, key=lambda one: -one[0])]


def clock(moment: datetime, language: Language) -> str:
    """As "2:30 PM" or "下午2:30", in the moment's own zone."""
    time = f"{moment.hour % 12 or 12}:{moment.minute:02}"
    if language == "zh":
        return ("上午" if moment.hour < 12 else "下午") + time
    return f"{time} {'AM' if moment.hour < 12 else 'PM'}"


def hour(of: int, language: Language) -> str:
    """A full hour of the day, as "2 PM" or "14时"."""
    return f"{of}时" if language == "zh" else f"{of % 12 or 12} {'AM' if of < 12 else 'PM'}"


def day(of: date, language: Language) -> str:
    """As "Tue, Nov 24" or "11月24日周二"."""
    if language == "zh":
        return f"{of.month}月{of.day}日周{_WEEKDAYS[of.weekday()]}"
    return f"{of:%a}, {of:%b} {of.day}"


def at(text: str, zone: ZoneInfo) -> datetime:
    """An instant as the API writes it, with its offset, on that zone's clock."""
    return datetime.fromisoformat(text).astimezone(zone)


def long_day(of: date, language: Language) -> str:
    """As "Tuesday, November 24, 2026" or "2026年11月24日星期二"."""
    if language == "zh":
        return f"{of.year}年{of.month}月{of.day}日星期{_WEEKDAYS[of.weekday()]}"
    return f"{of:%A}, {of:%B} {of.day}, {of.year}"


def wall(text: str, language: Language) -> str:
    """A wall time as the API writes it, `2026-02-20T14:00:00`, as day and clock."""
    moment = datetime.fromisoformat(text)
    return f"{day(moment, language)} {clock(moment, language)}"


def length(seconds: int) -> str:
    """As "2:05"."""
    return f"{seconds // 60}:{seconds % 60:02}"


def telephone(e164: str) -> str:
    """As "+1 604 555 0123"; a number of another plan as it stands."""
    return re.sub(r"^\+1(\d{3})(\d{3})(\d{4})$", r"+1 \1 \2 \3", e164)


def wall_clock(text: str, language: Language) -> str:
    """Likewise, the clock alone."""
    return clock(datetime.fromisoformat(text), language)


def filters(language: Language) -> dict[str, Callable[..., Any]]:
    """How templates write days and times, and what was said in English."""
    written = (clock, hour, day, long_day, wall, wall_clock, said)
    return {how.__name__: partial(_in, how, language) for how in written} | {
        "length_of": length,
        "telephone": telephone,
        "at": at,
    }


def _in(how: Callable[[Any, Language], str], language: Language, value: Any) -> str:
    return how(value, language)
