"""A member of a clinic who connects calendars, at both stand-ins, through the real routes."""

import re
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
        """The page they end on, after they have said yes if they were asked."""
        status, page = self.is_asked(vendor, query, seconds)
        return self.says_yes(vendor, page, seconds) if "<form" in page else (status, unescape(page))

    def is_asked(self, vendor: str, query: dict[str, str], seconds: float = 28) -> tuple[int, str]:
        """The page that the vendor sends their browser to, as HTML."""
        event: dict[str, Any] = {
            "requestContext": {"http": {"method": "GET"}},
            "pathParameters": {"vendor": vendor},
            "queryStringParameters": query,
            "rawQueryString": urlencode(query),
        }
        answer = handler(event, Context(seconds))
        return answer["statusCode"], answer["body"]

    def says_yes(self, vendor: str, page: str, seconds: float = 28) -> tuple[int, str]:
        """The page behind the button of that one."""
        hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page)
        event: dict[str, Any] = {
            "requestContext": {"http": {"method": "POST"}},
            "pathParameters": {"vendor": vendor},
            "body": urlencode([(name, unescape(value)) for name, value in hidden]),
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
