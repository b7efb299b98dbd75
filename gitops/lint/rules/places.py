"""One tree for every clinic: what belongs to one clinic comes with its calls, not from the files."""

import re
from collections.abc import Iterator
from typing import Final

from frontdesk.vapi.kinds import SERVING
from gitops.lint.conversations import Conversations
from gitops.lint.registry import Found, rule
from gitops.lint.shapes import texts
from gitops.references import is_uuid

DEMO_NAMES: Final = ("Maple Clinic", "Harbour Clinic", "Garden Clinic", "枫叶诊所")
"""Of the clinics that every local stack begins with."""
_ARTICLES: Final = (
    "The|A|An|Our|Your|This|That|Any|Each|Every|No|Another|Which|Their|Its|My|At|In|For|Call|Ask|Walk-[Ii]n"
)
_CLINIC: Final = re.compile(
    "|".join(map(re.escape, DEMO_NAMES))
    + rf"|\b(?!(?:{_ARTICLES})\b)[A-Z][\w'’-]+(?: [A-Z][\w'’-]+| &| of){{0,3}}"
    r" (?:Clinic|Hospital|Medical (?:Centre|Center|Clinic|Group)|Health (?:Centre|Center)|Family Practice)\b",
    re.ASCII,
)
_CITIES: Final = (
    r"Abbotsford|Albuquerque|Atlanta|Baltimore|Boston|Brampton|Burnaby|Calgary|Chicago|Chilliwack"
    r"|Cincinnati|Cleveland|Coquitlam|Dallas|Denver|Detroit|Edmonton|Fredericton|Gatineau|Guelph|Halifax"
    r"|Honolulu|Houston|Indianapolis|Kamloops|Kelowna|Las Vegas|Lethbridge|Longueuil|Los Angeles|Markham"
    r"|Memphis|Miami|Milwaukee|Minneapolis|Mississauga|Moncton|Montr[eé]al|Nanaimo|Nashville|New Orleans"
    r"|New Westminster|New York|Oakville|Orlando|Oshawa|Ottawa|Philadelphia|Phoenix|Pittsburgh|Portland"
    r"|Prince George|Qu[eé]bec City|Regina|Richmond Hill|Richmond|Sacramento|San Antonio|San Diego"
    r"|San Francisco|San Jose|Saskatoon|Seattle|Surrey|Tampa|Thunder Bay|Toronto|Tucson|Vancouver"
    r"|Vaughan|Victoria|Whitehorse|Winnipeg|Yellowknife"
    r"|温哥华|列治文|本拿比|高贵林|多伦多|万锦|密西沙加|渥太华|蒙特利尔|卡尔加里|埃德蒙顿"
    r"|爱民顿|温尼伯|维多利亚|哈利法克斯|纽约|洛杉矶|旧金山|三藩市|西雅图|芝加哥|波士顿|休斯顿"
)
_CITY: Final = re.compile(rf"(?<![A-Za-z/])(?:{_CITIES})(?![A-Za-z])")
_ZONE: Final = re.compile(
    r"\b(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Canada|Europe|Indian|Pacific|US)/[A-Z]\w+"
    r"|\b(?:Pacific|Mountain|Central|Eastern|Atlantic|Newfoundland)(?: Standard| Daylight)? [Tt]ime\b"
    r"|(?:太平洋|山区|山地|中部|东部|大西洋)(?:标准|夏令)?时间",
    re.ASCII,
)
_NUMBER: Final = re.compile(
    r"(?<![\w.+/-])(?:\+\d[\d ().-]{6,}\d|(?:1[-. ]?)?\(?\d{3}\)?[-. ]?\d{3}[-. ]?\d{4}|\d{3}[-. ]\d{4})"
    r"(?![\w-]|\.\d)",
    re.ASCII,
)
_NO_NUMBERS: Final = frozenset({"0000000000"})
"""Stands for the caller's own number in `search_patient_by_phone`."""


@rule()
def clinic_name(conversations: Conversations) -> Iterator[Found]:
    """A clinic's own name: one of the demo's, or capitalised words before Clinic, Hospital and such.

    Simulations aren't looked at, by this and the next three rules: their callers live somewhere.

    Do: Write `{{ clinicName }}`, or "the clinic".

    Example:
        You are the receptionist of Maple Clinic.
    """
    yield from _found(conversations, _CLINIC, "names a clinic")


@rule()
def city(conversations: Conversations) -> Iterator[Found]:
    """A city of Canada or the United States, in English or Chinese.

    Names that are people's too, like Victoria, count.

    Do: Leave it out; `get_clinic_info` knows the clinic's address.

    Example:
        We are in downtown Vancouver.
    """
    yield from _found(conversations, _CITY, "names a city")


@rule()
def time_zone(conversations: Conversations) -> Iterator[Found]:
    """A time zone, by its IANA name or in words.

    Do: Write `{{ timeZone }}`; for the time itself `{{ localTime }}`, which the server works out.

    Example:
        {{ "now" | date: "%H:%M", "America/Vancouver" }}
    """
    yield from _found(conversations, _ZONE, "names a time zone")


@rule()
def phone_number(conversations: Conversations) -> Iterator[Found]:
    """A telephone number. 911, 9-8-8 and the placeholder 0000000000 may stand.

    Do: Take it out; transfers and `get_clinic_info` use the clinic's own numbers.

    Example:
        Please call us at 604-555-0100.
    """
    for found in _found(conversations, _NUMBER, "holds a telephone number"):
        if found.what.rpartition(": ")[2] not in _NO_NUMBERS:
            yield found


def _found(conversations: Conversations, pattern: re.Pattern[str], what: str) -> Iterator[Found]:
    """Every place of a pattern in what calls run on."""
    for kind in SERVING:
        for resource in conversations.tree.of(kind):
            for path, text in texts(resource.document):
                if is_uuid(text):
                    continue
                for match in pattern.finditer(text):
                    yield Found(resource, path, f"{what}: {match[0]}", match.start())
