"""Who sees patients, and for what kind of visit; both found by the words a caller uses."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from frontdesk.call import Call
from frontdesk.db import queries
from frontdesk.errors import Declined
from frontdesk.patients import names
from frontdesk.speech import doctors, sentences
from frontdesk.speech.language import Language

SQL: Final = queries.beside(__file__)

_ANYBODY: Final = r"(?:any(?:one|body)?|whoever|whichever|no preference)\b|任何|任意|随便|不限|谁都|哪位都"
"""How callers begin to say that it may be any doctor. "Any" sounds like 奥尼, which somebody is called."""


class NoSuchProvider(Declined):
    """No provider of the clinic has that id or a name like that."""

    fact = "No provider here has that id or name. Use an id from get_providers."


class NoSuchType(Declined):
    """The clinic offers no such kind of visit."""

    fact = "The clinic offers no such appointment type. Use one of appointmentTypes."


class Provider(NamedTuple):
    """Somebody who sees patients."""

    id: int
    name: str
    name_zh: str | None
    specialty: str
    languages: list[Language]

    def called_in(self, language: Language) -> str:
        """The name as it is said in that language."""
        return doctors.called(self.name, self.name_zh, language)


class AppointmentType(NamedTuple):
    """A kind of visit."""

    id: int
    name: str
    name_zh: str | None
    also_called: list[str]
    duration_min: int
    buffer_before_min: int
    buffer_after_min: int
    modes: list[str]
    """`in_person`, `virtual`, or both."""
    is_for_new_patients: bool
    """Whether only who has never been seen here may book it."""
    instructions: str | None
    instructions_zh: str | None

    def called_in(self, language: Language) -> str:
        """The kind's name as it is said in that language."""
        return self.name_zh or self.name if language == "zh" else self.name

    def instructions_in(self, language: Language) -> str | None:
        """What to bring or do, as it is said in that language."""
        return self.instructions_zh or self.instructions if language == "zh" else self.instructions


def of_clinic(call: Call[Any]) -> list[Provider]:
    """Everybody who sees patients, by id."""
    return call.db.all(Provider, SQL["providers"])


def of_specialty(providers: Sequence[Provider], heard: str | None) -> list[Provider]:
    """Those whose specialty a word means; all without a word."""
    if not heard:
        return list(providers)
    return [p for p in providers if p.specialty and _word_likeness(heard, p.specialty) >= names.LIKELY]


def chosen(
    call: Call[Any],
    providers: Iterable[Provider],
    *,
    provider_id: int | None = None,
    heard: str | None = None,
) -> list[Provider]:
    """Those an id or a spoken name means; all without either, or for "anyone". Raises `NoSuchProvider`."""
    if provider_id is not None:
        found = [provider for provider in providers if provider.id == provider_id]
    elif heard and not re.match(_ANYBODY, names.fold(heard)):
        found = _named(heard, providers)
    else:
        found = list(providers)
    if not found:
        listed = listing([provider.called_in(call.language) for provider in providers], call.language)
        say = sentences.NO_SUCH_PROVIDER if listed else sentences.NO_PROVIDERS
        raise NoSuchProvider(say=say.say(call.language, names=listed))
    return found


def type_meant(call: Call[Any], types: Sequence[AppointmentType], heard: str | None) -> AppointmentType:
    """The kind of visit a word means; the clinic's first without a word.

    Raises `NoSuchType` for a word that means none, or several alike: "a follow-up consultation".
    """
    if types and not heard:
        return types[0]
    by_likeness = [
        (
            max(
                _word_likeness(heard or "", name)
                for name in (kind.name, kind.name_zh, *kind.also_called)
                if name
            ),
            kind,
        )
        for kind in types
    ]
    best = max((likeness for likeness, _ in by_likeness), default=0)
    meant = [kind for likeness, kind in by_likeness if likeness == best]
    if len(meant) != 1 or best < names.LIKELY:
        offered = [kind.called_in(call.language) for kind in types]
        say = sentences.NO_SUCH_TYPE.say(call.language, names=listing(offered, call.language))
        raise NoSuchType(say=say, appointmentTypes=[kind.name for kind in types])
    return meant[0]


def listing(items: Sequence[str], language: Language) -> str:
    """The items as one says them: "A, B or C"; 甲、乙或丙."""
    if len(items) < 2:
        return "".join(items)
    comma, either = ("、", "或") if language == "zh" else (", ", " or ")
    return comma.join(items[:-1]) + either + items[-1]


def _named(heard: str, providers: Iterable[Provider]) -> list[Provider]:
    likeness = {
        provider.id: names.likeness(heard, *filter(None, (provider.name, provider.name_zh)))
        for provider in providers
    }
    best = max(likeness.values(), default=0)
    # A surname that two doctors share means both; a slip of the tongue means only the nearest.
    return [p for p in providers if likeness[p.id] >= names.LIKELY and likeness[p.id] >= best - 5]


def _word_likeness(heard: str, name: str) -> int:
    one, other = names.fold(heard), names.fold(name)
    if one == other:
        return 101
    if len(one) >= 2 and (one in other or other in one):
        return 100
    from rapidfuzz import fuzz  # 40 ms that only a search for near words is worth

    return round(fuzz.token_sort_ratio(one, other))
