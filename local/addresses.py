"""`stack.json`: how others reach a running stack, and with which secrets."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from local.directory import is_claimed, write_private
from local.errors import NotRunning

DEFAULT_DIRECTORY = Path(__file__).parents[1] / ".frontdesk"
"""Where `frontdesk dev` keeps its data, and where the other verbs look for it."""


@dataclass(frozen=True)
class HmacPlan:
    """How Vapi signs its requests: its default plan."""

    secret: str
    signature_header: str = "x-signature"
    timestamp_header: str = "x-timestamp"


@dataclass(frozen=True)
class Addresses:
    """The content of `stack.json`; other programs read it, so names stay."""

    api_url: str
    vapi_url: str
    vapi_private_key: str
    vapi_secret: str
    """The value of `x-vapi-secret`."""
    vapi_hmac: HmacPlan
    database_url: str
    """The owner's, for inspection."""
    app_database_url: str
    organizations: list[dict[str, Any]]
    issuer_url: str = ""
    """Where people sign up and get tokens (`local.issuer`)."""
    embedder: dict[str, str] = field(default_factory=dict[str, str])
    """The variables by which a program finds what makes vectors here."""
    emr: dict[str, str] = field(default_factory=dict[str, str])
    """The variables by which a program finds the function that asks EMRs, and their secrets."""
    calendar_urls: dict[str, str] = field(default_factory=dict[str, str])
    """Where the stand-ins of Google's calendars and Microsoft's are, by vendor."""
    emr_urls: dict[str, str] = field(default_factory=dict[str, str])
    """Where the stand-ins of the demo clinics' EMRs are, by kind."""

    def write(self, directory: Path) -> None:
        """Says that the stack on `directory` is ready. Only its owner may read it: it holds secrets."""
        write_private(_file(directory), json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n")


def read(directory: Path) -> Addresses:
    """Of the stack that runs on `directory`. Raises `NotRunning`."""
    if not (_file(directory).exists() and is_claimed(directory)):  # a killed one leaves its file behind
        raise NotRunning(f"no stack runs on {directory}; start one with `frontdesk dev`")
    found: dict[str, Any] = json.loads(_file(directory).read_text())
    plan = HmacPlan(**found.pop("vapi_hmac"))
    return Addresses(vapi_hmac=plan, **found)


def forget(directory: Path) -> None:
    """Says that no stack runs on `directory`."""
    _file(directory).unlink(missing_ok=True)


def _file(directory: Path) -> Path:
    return directory / "stack.json"
