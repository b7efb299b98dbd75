"""A member of a clinic who connects calendars, at both stand-ins, through the real routes."""

from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx

from frontdesk.calendars.vendors import VendorName
from functions.calendars.callback.handler import handler
from tests.clinic import Clinic, Context
from tests.member import Answer, Member


@dataclass(frozen=True)
class Connecting:
    """One clinic's admin, and their browser."""

    clinic: Clinic
    member: Member

    def url(self, vendor: VendorName) -> str:
        """Where they are sent to."""
        answer = self.member.post(f"/calendars/{vendor}/connect")
        assert answer.status == 200, answer.body
        return answer.body["url"]

    def agrees(self, url: str) -> dict[str, str]:
        """What the vendor sends the browser back with."""
        answer = httpx.get(url, trust_env=False)
        assert answer.status_code == 302, answer.text
        return dict(parse_qsl(urlsplit(answer.headers["location"]).query))

    def comes_back(self, vendor: str, query: dict[str, str], seconds: float = 28) -> tuple[int, str]:
        """The page they end on."""
        event: dict[str, Any] = {
            "pathParameters": {"vendor": vendor},
            "queryStringParameters": query,
            "rawQueryString": urlencode(query),
        }
        answer = handler(event, Context(seconds))
        return answer["statusCode"], unescape(answer["body"])

    def connects(self, vendor: VendorName) -> int:
        """The whole way; the connection's id."""
        status, page = self.comes_back(vendor, self.agrees(self.url(vendor)))
        assert status == 200, page
        return next(one["id"] for one in self.shown() if one["vendor"] == vendor)

    def shown(self) -> list[dict[str, Any]]:
        """What the member reads of the clinic's connections."""
        return self.member.get("/calendars").body["connections"]

    def choose(self, connection: int, *chosen: tuple[int, int | None]) -> Answer:
        body = {"calendars": [{"id": id_, "providerId": provider} for id_, provider in chosen]}
        return self.member.patch(f"/calendars/{connection}", body)
