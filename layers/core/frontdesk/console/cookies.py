"""What a browser keeps of us. Each cookie is this host's alone, sent over TLS only, and read by no script.

`__Host-` has browsers refuse one that another host of the domain sets (RFC 6265bis, 4.1.3.2).
"""

from typing import Any, Final, Literal

Name = Literal["session", "refresh", "csrf", "sign-in", "language"]
_LIVES_S: Final[dict[Name, int]] = {
    "session": 3_600,
    "refresh": 30 * 24 * 3_600,
    "csrf": 30 * 24 * 3_600,
    "sign-in": 600,
    "language": 365 * 24 * 3_600,
}
"""How long each is kept: tokens as long as Cognito has them live, what a sign-in needs for ten minutes."""


def read(event: dict[str, Any], name: Name) -> str:
    """The text that was kept under that name; empty when there is none. There is one of a name: see above."""
    sent: list[str] = event.get("cookies") or []
    return next((one[len(_full(name)) + 1 :] for one in sent if one.startswith(f"{_full(name)}=")), "")


def keep(name: Name, text: str) -> str:
    """What has the browser keep it: `text` is of a cookie's own letters, such as a token's."""
    # Lax, not Strict: the issuer sends people back here, and then they are to be signed in.
    return f"{_full(name)}={text}; Max-Age={_LIVES_S[name]}; Path=/; Secure; HttpOnly; SameSite=Lax"


def forget(name: Name) -> str:
    """What has the browser forget it."""
    return f"{_full(name)}=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax"


def _full(name: Name) -> str:
    return f"__Host-{name}"
