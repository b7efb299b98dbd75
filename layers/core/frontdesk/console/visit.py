"""What one request of a browser is to a page's own function, and what that gives back."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeVar

from pydantic import ValidationError

from frontdesk.console import refusals
from frontdesk.console.words import _
from frontdesk.db.transaction import Transaction
from frontdesk.endpoint import ROLES, Role
from frontdesk.members.membership import Member
from frontdesk.members.problems import Problem
from frontdesk.members.serving import Request, Served
from frontdesk.speech.language import Language
from frontdesk.tool import Wire

W = TypeVar("W", bound=Wire)
_TAKES: Final[Mapping[Role, str]] = {
    "viewer": _("You are not a member of this clinic, or not any more. Sign in again."),
    "admin": _("Only an admin or an owner can do this; ask an owner of your clinic."),
    "owner": _("Only an owner can do this; ask an owner of your clinic."),
}
_NONE: Final[Mapping[str, Any]] = MappingProxyType({})


class Form(dict[str, list[str]]):
    """What was typed, by field; a field that isn't there is empty."""

    def one(self, name: str) -> str:
        """The field's text, trimmed."""
        return next(iter(self.get(name, [])), "").strip()

    def many(self, name: str) -> list[str]:
        """Every text of that name that isn't empty, such as of ticked boxes."""
        return [text.strip() for text in self.get(name, []) if text.strip()]

    def number(self, name: str) -> int | str | None:
        """A whole number; None when empty. What is none stays text, for the endpoint to refuse by name."""
        text = self.one(name)
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else text or None

    def version(self) -> int | None:
        """Of what the form was made of, so what its sender has seen; None: it doesn't say."""
        sent = self.number("version")
        return sent if isinstance(sent, int) else None

    def ticked(self, name: str) -> bool:
        """Whether a box was ticked."""
        return bool(self.one(name))


@dataclass(frozen=True)
class Visit:
    """One request, in the open transaction of the member's clinic."""

    db: Transaction
    member: Member
    role: Role
    language: Language
    """Of the page: the member's, not the clinic's."""
    path: Mapping[str, str]
    """What the route's braces stood for."""
    query: Mapping[str, str]
    form: Form
    deadline: float
    """On the clock of `time.monotonic`."""
    problem: Problem | None = None
    """Why what was typed was not taken, when the page is shown again with it."""
    afterwards: list[Callable[[], object]] = field(default_factory=list[Callable[[], object]])
    """What is done once the transaction has been committed."""

    def ask(
        self,
        served: Served[W],
        parameters: Mapping[str, Any] = _NONE,
        body: Mapping[str, Any] | str | None = None,
        *,
        seen: int | None = None,
    ) -> W:
        """What an endpoint of the member API answers this member, in this transaction.

        Args:
            served: the endpoint, with its handler.
            parameters: of path and query, by their wire names; None leaves one out.
            body: as JSON has it.
            seen: the version that the member saw, of something that two may change at once.

        Raises `Problem` as the API would: 403 for a role that is too low, 404, 422 with the fields' names.
        Domain errors come as they are.
        """
        endpoint = served.endpoint
        self.need(endpoint.role)
        try:
            told = {name: str(value) for name, value in parameters.items() if value is not None}
            asked = endpoint.parameters.model_validate_strings(told, strict=True)
        except ValidationError:
            raise Problem(404, "There is nothing of that id or name.") from None
        try:
            sent: Any = body
            if endpoint.body is not None and endpoint.body is not str:
                sent = endpoint.body.model_validate_json(json.dumps(body))
        except ValidationError as invalid:
            raise refusals.of(invalid) from None
        request = Request(asked, sent, self.db, self.member, seen, self.deadline, self.afterwards)
        return served.handler(request)

    def need(self, least: Role) -> None:
        """Raises `Problem` (403) for a member of a lower role."""
        if not self.may(least):
            raise Problem(403, _TAKES[least])

    def may(self, least: Role) -> bool:
        """Whether the member has that role or a higher one."""
        return ROLES.index(self.role) >= ROLES.index(least)


class Page(NamedTuple):
    """A template, filled."""

    template: str
    """Such as `today.html`."""
    values: Mapping[str, Any] = _NONE
    status: int = 200
    connects_to: Sequence[str] = ()
    """Origins beside ours that the page's forms and script may send to, and sound may come from."""


class Away(NamedTuple):
    """Done: the browser goes and asks for another page."""

    to: str
    """A path of the console's, with its query; or what a vendor has for the browser, elsewhere."""
    done: str = ""
    """What the page says there, by its name in `words.DONE`."""


class File(NamedTuple):
    """Something to save."""

    name: str
    media_type: str
    text: str


Shown = Page | Away | File
Shows = Callable[[Visit], Shown]
"""A page's own function."""
