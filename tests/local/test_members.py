"""The member API through the stack's own gateway, by the tokens that `stack.json` has."""

import json
from pathlib import Path
from typing import Any, cast

import httpx
import jwt
import psutil
from jwt import PyJWKClient

from local.issuer import Issuer, Users
from local.stack import Stack
from local.tokens import CLIENT_ID, Signer, kept_key

EVENTS = Path(__file__).parents[2] / "events"
MOMENTS = ("PostConfirmation", "PreTokenGeneration")


def ask(stack: Stack, method: str, path: str, token: str | None) -> httpx.Response:
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    return httpx.request(method, f"{stack.addresses.api_url}{path}", headers=headers)


def test_a_clinics_own_token_opens_the_member_api(running_stack: Stack) -> None:
    for organization in running_stack.addresses.organizations:
        answer = ask(running_stack, "GET", "/appointments?from=2030-01-01&to=2030-01-02", organization["jwt"])
        assert (answer.status_code, answer.json()) == (200, {"appointments": []})


def test_without_one_there_is_a_problem_document(running_stack: Stack) -> None:
    answer = ask(running_stack, "GET", "/appointments", None)

    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    assert answer.json()["title"] == "Unauthorized"


def test_a_path_reaches_its_endpoint(running_stack: Stack) -> None:
    token = running_stack.addresses.organizations[0]["jwt"]

    answer = ask(running_stack, "POST", "/appointments/987654321/arrived", token)

    assert answer.json()["detail"] == "There is no appointment of that id."


def test_the_stack_keeps_a_clock_for_its_schedules(running_stack: Stack) -> None:
    commands = [process.cmdline() for process in psutil.Process().children()]

    assert len([command for command in commands if "local.clock" in command]) == 1


def signed_in(stack: Stack, email: str) -> dict[str, str]:
    answer = httpx.post(f"{stack.addresses.issuer_url}/token", json={"email": email}, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_who_signs_up_gets_a_clinic_and_both_their_tokens_open_it(running_stack: Stack) -> None:
    issuer = running_stack.addresses.issuer_url
    person = {"email": "Ada.Birch@example.com", "password": "unasked-for", "clinicName": "Birch Clinic"}

    made = httpx.post(f"{issuer}/sign-up", json=person, timeout=30)
    tokens = signed_in(running_stack, "ada.birch@example.com")

    assert made.status_code == 201
    for name in ("id_token", "access_token"):
        [listed] = ask(running_stack, "GET", "/members", tokens[name]).json()["members"]
        assert listed["id"] == made.json()["sub"]
        assert (listed["email"], listed["role"]) == ("ada.birch@example.com", "owner")
    again = httpx.post(f"{issuer}/sign-up", json=person)
    assert (again.status_code, again.json()["__type"]) == (400, "UsernameExistsException")


def test_who_is_invited_joins_when_they_sign_in(running_stack: Stack) -> None:
    owner = running_stack.addresses.organizations[1]["jwt"]
    url = f"{running_stack.addresses.api_url}/members/invitations"
    sent = {"email": "new.person@example.com", "role": "viewer"}
    headers = {"authorization": f"Bearer {owner}"}

    invited = [httpx.post(url, json=sent, headers=headers, timeout=30) for _ in range(2)]
    token = signed_in(running_stack, "new.person@example.com")["access_token"]

    assert [(one.status_code, one.json()["isMailed"]) for one in invited] == [(201, True)] * 2
    found = ask(running_stack, "GET", "/members", token).json()["members"]
    assert ("new.person@example.com", "viewer") in [(one["email"], one["role"]) for one in found]
    left = ask(running_stack, "DELETE", "/members/me", token)
    assert left.status_code == 200
    # They have a user, and a password, by now: no mail goes out, and the invitation stands.
    third = httpx.post(url, json=sent, headers=headers, timeout=30)
    assert (third.status_code, third.json()["isMailed"]) == (201, False)


def test_a_token_of_nobodys_clinic_is_refused_and_so_is_a_user_nobody_knows(running_stack: Stack) -> None:
    issuer = running_stack.addresses.issuer_url

    assert httpx.post(f"{issuer}/token", json={"email": "nobody@example.com"}).status_code == 400
    assert httpx.post(f"{issuer}/sign-up", content=b"{").status_code == 400
    assert httpx.get(f"{issuer}/elsewhere").status_code == 404


def test_the_demos_tokens_are_the_issuers(running_stack: Stack) -> None:
    issuer = running_stack.addresses.issuer_url
    published = httpx.get(f"{issuer}/.well-known/openid-configuration").json()
    keys = PyJWKClient(published["jwks_uri"])

    for organization in running_stack.addresses.organizations:
        claims = jwt.decode(  # pyright: ignore[reportUnknownMemberType] - its keys' types
            organization["jwt"],
            keys.get_signing_key_from_jwt(organization["jwt"]),
            ["RS256"],
            audience=CLIENT_ID,
            issuer=published["issuer"],
        )
        assert claims["app_metadata"] == {"org_id": organization["id"], "role": "owner"}


def test_the_pools_events_are_of_cognitos_shape(tmp_path: Path) -> None:
    """Seen by a function in its place; the samples in `events/` are AWS's own."""
    seen: list[dict[str, Any]] = []

    def function(event: dict[str, Any]) -> object:
        seen.append(event)
        return event

    signer = Signer("http://127.0.0.1:1", kept_key(tmp_path / "key"))
    pool = Issuer(signer, Users(tmp_path / "users.json"), dict.fromkeys(MOMENTS, function))
    for path, sent in (
        ("/sign-up", {"email": "a@example.com", "clinicName": "A"}),
        ("/token", {"email": "a@example.com"}),
    ):
        status, _ = pool.reply("POST", path, "", json.dumps(sent).encode())
        assert status < 300

    for event, name in zip(seen, ("post_confirmation", "pre_token_generation"), strict=True):
        assert shape(event) == shape(json.loads((EVENTS / f"cognito_{name}.json").read_text()))


def shape(value: object) -> object:
    """The value with its words left out."""
    if isinstance(value, dict):
        return {key: shape(below) for key, below in cast("dict[str, object]", value).items()}
    return type(value).__name__
