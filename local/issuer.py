"""The user pool on this machine: an OpenID Connect issuer that calls functions as Cognito does.

    GET  /.well-known/openid-configuration, /.well-known/jwks.json
    POST /sign-up {"email", "clinicName"?}   somebody signs up and proves their address: 201 and `{"sub"}`
    POST /token {"email"}                    they sign in: `{"id_token", "access_token", ...}`
    POST /                                   Cognito's own `AdminCreateUser`, which invites somebody
    /oauth2/..., /signup, /logout            its pages for browsers (`local.sign_in`)

It keeps no passwords and asks for none: whoever reaches the machine may be anybody. Users live in a file.
"""

import json
import sys
import uuid
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from local import child, sign_in
from local.asgi import body_of, send_page
from local.directory import write_private
from local.function import Function, loading
from local.sign_in import SignIn
from local.tokens import CLIENT_ID, SESSION_S, Signer, member_id

POOL_ID = "local_frontdesk"
_STATUS = "cognito:user_status"
_INVITED = "FORCE_CHANGE_PASSWORD"

Attributes = dict[str, str]
Reply = tuple[int, dict[str, Any]]
"""Status, and what becomes the JSON body."""


class Refused(Exception):
    """A request that Cognito would refuse; the first argument is its name of the error."""


class Users:
    """The pool's users: attributes by e-mail address."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def get(self, email: str) -> Attributes:
        """Raises `Refused` for nobody."""
        try:
            return self._all()[email.lower()]
        except KeyError:
            raise Refused("UserNotFoundException") from None

    def make(self, email: str, attributes: Mapping[str, str], *, status: str) -> Attributes:
        """A new user, whose address counts as proven. Raises `Refused` when there is one."""
        known = self._all()
        if email.lower() in known:
            raise Refused("UsernameExistsException")
        made = {"sub": str(uuid.uuid4()), "email_verified": "true", "email": email, **attributes}
        return self._keep(made | {_STATUS: status})

    def make_owners(self, organizations: Iterable[Mapping[str, str]]) -> None:
        """The owners of the demo's clinics, so that one can sign in as one of them; those there are stay."""
        known = self._all()
        for one in organizations:
            email = f"owner@{one['name'].split()[0].lower()}.example"
            if email not in known:
                self.make(email, {"sub": member_id(one["id"])}, status="CONFIRMED")

    def emails(self) -> list[str]:
        """Everybody, in the order in which they came."""
        return list(self._all())

    def confirm(self, user: Attributes) -> Attributes:
        """The user, with a password of their own from now on."""
        return self._keep(user | {_STATUS: "CONFIRMED"})

    def _keep(self, user: Attributes) -> Attributes:
        text = json.dumps({**self._all(), user["email"].lower(): user}, ensure_ascii=False)
        write_private(self._file, text)
        return user

    def _all(self) -> dict[str, Attributes]:
        return json.loads(self._file.read_text()) if self._file.exists() else {}


class Issuer:
    """The ASGI application."""

    def __init__(
        self, signer: Signer, users: Users, triggers: Mapping[str, Callable[[dict[str, Any]], object]]
    ) -> None:
        self._signer = signer
        self._users = users
        self._triggers = triggers
        self._pages = SignIn(users.emails, self._come, lambda email: self._token(email)[1])

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serves one request."""
        body = await body_of(receive)
        if scope["path"] in sign_in.PATHS:
            status, told, page = self._pages.reply(
                scope["method"], scope["path"], scope["query_string"].decode(), body
            )
            await send_page(send, status, told, page.encode())
            return
        target = dict(scope["headers"]).get(b"x-amz-target", b"").decode().rpartition(".")[2]
        status, answer = self.reply(scope["method"], scope["path"], target, body)
        await send_page(send, status, {"content-type": "application/json"}, json.dumps(answer).encode())

    def reply(self, method: str, path: str, target: str, body: bytes) -> Reply:
        """The answer to a request; `target` is the action of Cognito's own API."""
        try:
            match method, path, target:
                case "GET", "/.well-known/openid-configuration", _:
                    return 200, self._discovery()
                case "GET", "/.well-known/jwks.json", _:
                    return 200, {"keys": [self._signer.public_key]}
                case "POST", "/sign-up", _:
                    return self._sign_up(**json.loads(body))
                case "POST", "/token", _:
                    return self._token(**json.loads(body))
                case "POST", "/", "AdminCreateUser":
                    return self._admin_create_user(json.loads(body))
                case _:
                    return 404, {"message": f"Cannot {method} {path}"}
        except Refused as refused:
            return 400, {"__type": refused.args[0], "message": refused.args[0]}
        except (ValueError, TypeError, KeyError) as unreadable:
            return 400, {"__type": "InvalidParameterException", "message": type(unreadable).__name__}

    def _come(self, email: str, clinic: str) -> None:
        """A sign-up by the page. Raises `ValueError`, in words for it."""
        if "@" not in email:
            raise ValueError("That is no e-mail address.")
        try:
            self._sign_up(email, clinic)
        except Refused as refused:
            raise ValueError(
                "There is somebody of that address; sign in."
                if refused.args[0] == "UsernameExistsException"
                else "The clinic could not be made; the terminal of frontdesk says why."
            ) from refused

    def _discovery(self) -> dict[str, Any]:
        return {
            "issuer": self._signer.url,
            "jwks_uri": f"{self._signer.url}/.well-known/jwks.json",
            "id_token_signing_alg_values_supported": ["RS256"],
            "subject_types_supported": ["public"],
            "response_types_supported": ["code", "token"],
        }

    def _sign_up(self, email: str, clinicName: str = "", password: str = "") -> Reply:  # noqa: ARG002, N803 - the wire's names
        named = {"custom:clinic_name": clinicName} if clinicName else {}
        user = self._users.make(email, named, status="CONFIRMED")
        self._fire("PostConfirmation", "PostConfirmation_ConfirmSignUp", user, version="1")
        return 201, {"sub": user["sub"]}

    def _token(self, email: str, password: str = "") -> Reply:  # noqa: ARG002 - the wire's names
        user = self._users.confirm(self._users.get(email))
        answer = self._fire("PreTokenGeneration", "TokenGeneration_Authentication", user, version="2")
        stamped: dict[str, Any] = answer["response"]["claimsAndScopeOverrideDetails"] or {}

        def added(to: str) -> dict[str, Any]:
            override: dict[str, dict[str, Any]] = stamped.get(to, {})
            return override.get("claimsToAddOrOverride", {})

        mine = {"email": user["email"], "email_verified": user["email_verified"] == "true"}
        return 200, {
            "id_token": self._signer.id_token(user["sub"], **mine, **added("idTokenGeneration")),
            "access_token": self._signer.access_token(user["sub"], **added("accessTokenGeneration")),
            "token_type": "Bearer",
            "expires_in": SESSION_S,
        }

    def _admin_create_user(self, asked: dict[str, Any]) -> Reply:
        """As Cognito: it mails them, or mails them again. Here nobody is mailed."""
        email: str = asked["Username"]
        if asked.get("MessageAction") == "RESEND":
            user = self._users.get(email)
            if user[_STATUS] != _INVITED:
                raise Refused("UnsupportedUserStateException")
        else:
            given = {one["Name"]: one["Value"] for one in asked["UserAttributes"]}
            user = self._users.make(email, given, status=_INVITED)
        attributes = [{"Name": name, "Value": value} for name, value in user.items()]
        made = {
            "Username": user["sub"],
            "Attributes": attributes,
            "Enabled": True,
            "UserStatus": user[_STATUS],
        }
        return 200, {"User": made}

    def _fire(self, moment: str, source: str, user: Attributes, *, version: str) -> Any:
        """The answer of the function for that moment; see `events/cognito_*.json`."""
        event: dict[str, Any] = {
            "version": version,
            "triggerSource": source,
            "region": "ca-central-1",
            "userPoolId": POOL_ID,
            "userName": user["sub"],
            "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": CLIENT_ID},
            "request": {"userAttributes": user},
            "response": {},
        }
        if moment == "PreTokenGeneration":
            groups: dict[str, Any] = {"groupsToOverride": [], "iamRolesToOverride": [], "preferredRole": None}
            event["request"] |= {"groupConfiguration": groups, "scopes": ["aws.cognito.signin.user.admin"]}
            event["response"] = {"claimsAndScopeOverrideDetails": None}
        try:
            return self._triggers[moment](event)
        except Exception as failed:
            raise Refused("UserLambdaValidationException") from failed


def make(config: Mapping[str, Any]) -> Issuer:
    """The issuer of `{"url", "key", "users", "triggers": {moment: ...}, "environment", "rie"}`."""
    load = loading(config)
    triggers = {
        moment: Function(called, config["environment"], load) for moment, called in config["triggers"].items()
    }
    return Issuer(Signer(config["url"], config["key"]), Users(Path(config["users"])), triggers)


if __name__ == "__main__":
    sys.exit(child.serve(make))
