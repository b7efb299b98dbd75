"""A browser in tests, without a window: cookies, forms and where they lead, by real Lambda events."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from lxml import html  # pyright: ignore[reportMissingTypeStubs]

from infra import discovery
from local import api_gateway, demo
from local.worker import Routed, Routes
from tests.member import anew, token

HOST = "desk.example"
Typed = Mapping[str, str | int | list[str]]


@dataclass(frozen=True)
class Seen:
    """What came back."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def page(self) -> Any:
        """The document's root, for XPath."""
        parsed: Any = html
        return parsed.fromstring(self.text)

    @property
    def words(self) -> str:
        """What can be read on it, with single spaces."""
        body = self.page.find("body")
        for hidden in body.xpath("//script|//style"):
            hidden.drop_tree()
        return " ".join(body.text_content().split())

    @property
    def to(self) -> str:
        """Where it leads, for an answer that leads on."""
        assert self.status in (302, 303), (self.status, self.text[:2000])
        return self.headers["location"]

    def form(self, action: str) -> dict[str, list[str]]:
        """What a form of this page would send as it stands, by its path."""
        found = self.page.xpath("//form[@action=$action]", action=action)
        assert found, f"no form for {action}"
        made: dict[str, list[str]] = {}
        for name, value in found[0].form_values():
            made.setdefault(name, []).append(value)
        return made


@dataclass
class Browser:
    """Somebody's, signed in as the owner of that clinic by a token, or not at all."""

    cookies: dict[str, str] = field(default_factory=dict[str, str])
    language: str = "en"

    @classmethod
    def of(cls, org_id: str | None = demo.MAPLE, **claims: Any) -> "Browser":
        """Signed in."""
        return cls({"__Host-session": token(org_id, **claims)})

    def get(self, path: str, *, headers: Mapping[str, str] | None = None) -> Seen:
        """The page at a path, with its query."""
        return self._ask("GET", path, "", headers or {})

    def post(
        self, path: str, typed: Typed | None = None, *, headers: Mapping[str, str] | None = None
    ) -> Seen:
        """What comes of a form, sent with this browser's token, unless it says another."""
        if "__Host-csrf" not in self.cookies:
            self.get("/console/today")
        fields = {"csrf": self.cookies.get("__Host-csrf", ""), **(typed or {})}
        told = {
            "content-type": "application/x-www-form-urlencoded",
            "origin": f"https://{HOST}",
            "sec-fetch-site": "same-origin",
        }
        return self._ask("POST", path, urlencode(fields, doseq=True), told | dict(headers or {}))

    def submit(self, path: str, action: str, typed: Typed | None = None) -> Seen:
        """Likewise, of the form that stands on the page at `path`, with some of it changed."""
        return self.post(action, {**self.get(path).form(action), **(typed or {})})

    def follow(self, seen: Seen) -> Seen:
        """The page that an answer leads to."""
        return self.get(seen.to)

    def _ask(self, method: str, path: str, body: str, headers: Mapping[str, str]) -> Seen:
        parts = urlsplit(path)
        found = routes().find(method, parts.path)
        assert found is not None, f"no function serves {method} {parts.path}"
        function, parameters = found
        sent = {"host": HOST, "accept-language": self.language, **headers}
        if self.cookies:
            sent["cookie"] = "; ".join(f"{name}={text}" for name, text in self.cookies.items())
        lines = [(name.encode(), text.encode("latin-1")) for name, text in sent.items()]
        request = api_gateway.Request(method, parts.path, parts.query, lines, body.encode(), "127.0.0.1")
        status, given, said = function(request, parameters)
        for name, line in given:
            if name == b"set-cookie":
                self._keep(line.decode())
        told = {name.decode(): text.decode() for name, text in given if name != b"set-cookie"}
        return Seen(status, told, said.decode())

    def _keep(self, line: str) -> None:
        name, _, rest = line.partition("=")
        text, _, how = rest.partition(";")
        assert all(word in how for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/")), line
        if "Max-Age=0" in how:
            self.cookies.pop(name, None)
        else:
            self.cookies[name] = text


def asked_of(to: str) -> dict[str, str]:
    """The query of an address."""
    return {name: texts[0] for name, texts in parse_qs(urlsplit(to).query).items()}


@cache
def routes() -> Routes:
    """Every route of the console."""
    return Routes(
        Routed(
            {
                "method": route.split(" ")[0],
                "path": route.split(" ")[1],
                "function": "Test",
                "handler": f"functions.{folder.replace('/', '.')}.handler.handler",
                "environment": {},
                "timeout_s": 10,
                "memory_mb": 1024,
            },
            {},
            anew,
        )
        for folder, console in discovery.consoles().items()
        for route in console.routes
    )
