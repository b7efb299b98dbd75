"""One look at a Vapi account: everything of the kinds in question, and the credentials by name."""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from frontdesk.vapi import leaves
from frontdesk.vapi.api import Item, Refused, Vapi
from frontdesk.vapi.kinds import Kind


@dataclass(frozen=True)
class Account:
    """What was there at that moment."""

    items: Mapping[str, Mapping[str, Item]]
    """By kind's name, then by id; newest first."""
    credentials: Mapping[str, str] = field(default_factory=dict[str, str])
    """Ids by name."""

    def of(self, kind: Kind) -> Mapping[str, Item]:
        """Those of a kind, by id."""
        return self.items.get(kind.name, {})

    def and_more(self, other: "Account") -> "Account":
        """Both together."""
        return Account({**self.items, **other.items}, self.credentials)

    def holders(self, uuid: str) -> Iterator[tuple[str, Item]]:
        """Kind's name and item of everything that mentions an id, other than the one whose id it is."""
        for kind, items in self.items.items():
            for id_, item in items.items():
                if id_ != uuid and leaves.mentions(item, uuid):
                    yield kind, item


def look(
    vapi: Vapi,
    kinds: Iterable[Kind],
    known_credentials: Mapping[str, str],
    *,
    with_credentials: bool = True,
) -> Account:
    """Asks for all of it at once.

    The list of credentials is not in Vapi's document; where it isn't answered, the state's names serve.
    """
    wanted = list(kinds)
    with ThreadPoolExecutor(len(wanted) + 1) as pool:
        credentials = pool.submit(_credentials, vapi, known_credentials) if with_credentials else None
        lists = [pool.submit(vapi.items, kind) for kind in wanted]
        return Account(
            {
                kind.name: {item["id"]: item for item in found.result()}
                for kind, found in zip(wanted, lists, strict=True)
            },
            credentials.result() if credentials else known_credentials,
        )


def _credentials(vapi: Vapi, known: Mapping[str, str]) -> Mapping[str, str]:
    try:
        return vapi.credentials()
    except Refused as error:
        if error.status == 404:
            return known
        raise
