"""Who may ask the member API: 401 for a token that proves nothing, 403 for one of nobody's clinic."""

import base64
import hmac
import json
import time
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.members import tokens
from frontdesk.members.problems import Problem
from frontdesk.secrets import MemberSecrets
from frontdesk.settings import settings
from local import demo
from tests.clinic import Clinic
from tests.conftest import Database
from tests.member import BEFORE, SECRET, Answer, Member, asked, signed, token

LIVE = MemberSecrets((SECRET, BEFORE))


def live() -> MemberSecrets:
    return LIVE


def listed(authorization: str | None) -> Answer:
    return asked(
        "GET", "/appointments", headers={} if authorization is None else {"authorization": authorization}
    )


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_a_token_by_either_live_secret_is_taken(database: Database) -> None:
    for secret in (SECRET, BEFORE):
        assert Member(token(secret=secret)).get("/appointments").status == 200


def test_the_scheme_is_read_in_any_case(database: Database) -> None:
    assert listed(f"bearer {token()}").status == listed(f"BEARER {token()}").status == 200


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        token(),
        f"Basic {token()}",
        "Bearer not-a-token",
        "Bearer é.é.é",
        f"Bearer {token(secret='a-guess-of-what-the-secret-may-be')}",
        f"Bearer {token()}x",
        f"Bearer {token(exp=int(time.time()) - 60)}",
        f"Bearer {token(exp=None)}",
        f"Bearer {token(exp='soon')}",
        f"Bearer {token(nbf=int(time.time()) + 3600)}",
        f"Bearer {token(aud='another-service')}",
    ],
)
def test_a_token_that_proves_nothing_is_401_whatever_is_wrong_with_it(
    database: Database, authorization: str | None
) -> None:
    answer = listed(authorization)

    assert answer.status == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.body.keys() == {"type", "title", "status", "detail"}


def test_the_algorithm_is_ours_to_say_not_the_tokens(database: Database) -> None:
    claims = {"exp": int(time.time()) + 3600, "app_metadata": {"org_id": demo.MAPLE}}
    unsigned = f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims)}."
    longer = signed(claims, SECRET * 2, "HS512")

    assert listed(f"Bearer {unsigned}").status == 401
    assert listed(f"Bearer {longer}").status == 401
    assert listed(f"Bearer {signed(claims, SECRET * 2)}").status == 401


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        {},
        "text",
        [],
        {"org_id": None},
        {"org_id": ""},
        {"org_id": "maple"},
        {"org_id": 7},
        {"org_id": {}},
    ],
)
def test_a_token_without_a_clinic_is_403(database: Database, metadata: object) -> None:
    answer = Member(token(None, app_metadata=metadata, org_id=demo.MAPLE)).get("/appointments")

    assert answer.status == 403
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_stack_without_a_secret_takes_no_token_least_of_all_an_unsigned_one(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for live in ("", "[]", '[""]'):
        monkeypatch.setenv("FRONTDESK_MEMBER_SECRETS", live)
        settings.cache_clear()
        assert listed(f"Bearer {token()}").status == 401


def test_who_is_not_proven_opens_no_connection(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRONTDESK_DATABASE_URL", "postgresql://127.0.0.1:1/nobody-is-there")
    settings.cache_clear()

    assert listed("Bearer not-a-token").status == 401
    assert Member(token()).get("/appointments").status == 503


def test_a_secret_left_empty_vouches_for_nothing_and_is_in_nobodys_way() -> None:
    claims = {"sub": "a", "exp": int(time.time()) + 60, "app_metadata": {"org_id": demo.MAPLE}}
    body = f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(claims)}"
    signature = base64.urlsafe_b64encode(hmac.digest(b"", body.encode(), "sha256")).rstrip(b"=").decode()
    signed_with_nothing = f"{body}.{signature}"

    def some() -> MemberSecrets:
        return MemberSecrets(("", SECRET))

    assert tokens.member(f"Bearer {token()}", some).org_id == UUID(demo.MAPLE)
    with pytest.raises(Problem):
        tokens.member(f"Bearer {signed_with_nothing}", some)


@given(st.text())
def test_no_text_is_a_token(text: str) -> None:
    with pytest.raises(Problem) as refused:
        tokens.member(f"Bearer {text}", live)
    assert refused.value.status == 401


@pytest.mark.parametrize("nested", ["[" * 100_000, '{"a":' * 50_000])
def test_a_header_too_deep_to_read_is_no_token_either(nested: str) -> None:
    deep = base64.urlsafe_b64encode(nested.encode()).rstrip(b"=").decode()

    with pytest.raises(Problem) as refused:
        tokens.member(f"Bearer {deep}.{deep}.AAAA", live)
    assert refused.value.status == 401


def test_half_a_character_is_no_token_either() -> None:
    with pytest.raises(Problem) as refused:
        tokens.member("Bearer a.\ud800.b", live)
    assert refused.value.status == 401
