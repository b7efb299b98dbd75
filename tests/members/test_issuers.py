"""Tokens of configured issuers: believed for the issuer's own key, and nothing else."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from frontdesk.members import keys
from frontdesk.settings import settings
from local import demo
from tests.conftest import Database
from tests.issuer import CLIENT, Issuer, ec_key, rsa_key, serving
from tests.member import SECRET, Answer, Member, token

OTHER = "another-app-client"


@pytest.fixture
def issuer(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Issuer]:
    """One that is configured, and known by its discovery document."""
    with serving() as made:
        configure(monkeypatch, {"issuer": made.url, "audience": [OTHER, CLIENT]})
        yield made


def configure(monkeypatch: pytest.MonkeyPatch, *issuers: dict[str, Any], **others: str) -> None:
    monkeypatch.setenv("FRONTDESK_ISSUERS", json.dumps(issuers))
    for name, value in others.items():
        monkeypatch.setenv(f"FRONTDESK_{name.upper()}", value)
    settings.cache_clear()
    keys.forget()


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Lets seconds pass for the keys that are remembered."""
    passed = 0.0
    real = time.monotonic

    class Clock:
        @staticmethod
        def monotonic() -> float:
            return real() + passed

    def let(seconds: float) -> None:
        nonlocal passed
        passed += seconds

    monkeypatch.setattr(keys, "time", Clock)
    return let


def ask(token: str) -> Answer:
    return Member(token).get("/members")


def test_a_token_by_the_issuers_own_key_is_taken(issuer: Issuer) -> None:
    answer = ask(issuer.token())

    assert (answer.status, [one["role"] for one in answer.body["members"]]) == (200, ["owner"])
    assert issuer.asked == ["/.well-known/openid-configuration", "/.well-known/jwks.json"]


def test_both_of_cognitos_tokens_are_taken_and_only_when_meant_for_our_client(issuer: Issuer) -> None:
    def access(client: str | None, **claims: Any) -> str:
        given: dict[str, Any] = {"aud": None, "token_use": "access", "client_id": client, **claims}
        return issuer.token(**given)

    assert ask(access(CLIENT)).status == 200
    assert ask(access("a-third-client")).status == 401
    assert ask(access(None)).status == 401
    assert ask(access(CLIENT, aud="a-third-client")).status == 401
    assert ask(access(CLIENT, token_use="id")).status == 401
    assert ask(access(CLIENT, token_use=None)).status == 401


@pytest.mark.parametrize("audience", [OTHER, [CLIENT], ["a-third-client", CLIENT]])
def test_any_of_the_configured_audience_will_do(issuer: Issuer, audience: object) -> None:
    assert ask(issuer.token(aud=audience)).status == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "a-third-client"},
        {"aud": []},
        {"aud": None},
        {"aud": {"name": CLIENT}},
        {"iss": "https://issuer.example"},
        {"iss": None},
        {"exp": int(time.time()) - 60},
        {"exp": None},
        {"nbf": int(time.time()) + 60},
        {"sub": None},
        {"sub": ""},
    ],
)
def test_a_claim_that_is_wrong_or_missing_is_401(issuer: Issuer, wrong: dict[str, Any]) -> None:
    assert ask(issuer.token(**wrong)).status == 401


def test_a_clock_a_little_off_is_forgiven(issuer: Issuer) -> None:
    assert ask(issuer.token(exp=int(time.time()) - 3)).status == 200


def test_another_key_under_a_known_id_is_401(issuer: Issuer) -> None:
    assert ask(issuer.token(rsa_key("two"), kid="one")).status == 401
    assert ask(issuer.token(ec_key("one"), kid="one")).status == 401


def test_a_token_that_names_no_key_is_401(issuer: Issuer) -> None:
    assert ask(issuer.token(kid=None)).status == 401


def test_what_it_says_of_its_algorithm_changes_no_key(issuer: Issuer) -> None:
    """`none`, and the old trick: the public key, which anybody has, taken for a shared secret."""
    claims = issuer.token().split(".")[1]

    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    for algorithm in ("none", "None", "NONE", "RS512", "PS256"):
        head = part({"alg": algorithm, "typ": "JWT", "kid": "one"})
        signature = issuer.token().split(".")[2]
        assert ask(f"{head}.{claims}.").status == 401, algorithm
        assert ask(f"{head}.{claims}.{signature}").status == 401, algorithm
    head = part({"alg": "HS256", "typ": "JWT", "kid": "one"})
    jwk = json.dumps(rsa_key("one").public).encode()
    for secret in (rsa_key("one").pem, rsa_key("one").pem.strip(), jwk, rsa_key("one").public["n"].encode()):
        mac = hmac.digest(secret, f"{head}.{claims}".encode(), hashlib.sha256)
        forged = base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
        assert ask(f"{head}.{claims}.{forged}").status == 401


def test_elliptic_keys_sign_too_and_a_shared_one_that_is_published_does_not(issuer: Issuer) -> None:
    shared = {"kty": "oct", "kid": "shared", "k": base64.urlsafe_b64encode(SECRET.encode()).decode()}
    for_secrets = {**rsa_key("two").public, "use": "enc"}
    for_others = {**rsa_key("three").public, "alg": "RS512"}
    broken = {"kty": "RSA", "kid": "broken"}
    issuer.keys = [shared, for_secrets, for_others, broken, ec_key("curve").public]

    assert ask(issuer.token(ec_key("curve"), kid="curve")).status == 200
    assert ask(issuer.token(rsa_key("two"), kid="two")).status == 401
    assert ask(issuer.token(rsa_key("three"), kid="three")).status == 401
    assert ask(issuer.token(kid="broken")).status == 401
    assert ask(token(secret=SECRET[:-1] + "x")).status == 401


def test_a_new_key_is_found_and_strange_ids_ask_the_issuer_once_a_minute(issuer: Issuer, later: Any) -> None:
    ask(issuer.token())
    issuer.keys = [rsa_key("two").public]
    fresh = issuer.token(rsa_key("two"), kid="two")

    assert ask(fresh).status == 401
    later(61)
    assert ask(fresh).status == 200
    asked = len(issuer.asked)
    for _ in range(5):
        assert ask(issuer.token(kid="a-guess")).status == 401
    assert len(issuer.asked) == asked
    assert ask(issuer.token()).status == 401, "the old key is gone with it"


def test_keys_are_remembered_for_ten_minutes(issuer: Issuer, later: Any) -> None:
    ask(issuer.token())
    later(590)
    ask(issuer.token())
    assert len(issuer.asked) == 2
    later(20)
    ask(issuer.token())
    assert len(issuer.asked) == 4


def test_while_the_issuer_is_away_what_is_not_known_is_503_and_what_is_remembered_is_taken(
    issuer: Issuer, later: Any
) -> None:
    issuer.is_away = True
    answer = ask(issuer.token())
    assert (answer.status, answer.headers["content-type"]) == (503, "application/problem+json")
    assert answer.body["detail"].endswith("Try again.")

    issuer.is_away = False
    assert ask(issuer.token()).status == 200
    issuer.is_away = True
    later(3600)
    assert ask(issuer.token()).status == 200
    for _ in range(2):
        assert ask(issuer.token(rsa_key("two"), kid="two")).status == 503
    issuer.keys, issuer.is_away = [rsa_key("two").public], False
    later(61)
    assert ask(issuer.token(rsa_key("two"), kid="two")).status == 200


def test_a_configured_address_is_asked_for_keys_without_a_discovery_document(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"{issuer.url}/keys"
    configure(monkeypatch, {"issuer": "https://pool.example", "audience": [CLIENT], "jwks_url": url})

    assert ask(issuer.token(iss="https://pool.example")).status == 200
    assert issuer.asked == ["/keys"]
    assert ask(issuer.token()).status == 401


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://another.example"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": 7},
        {"jwks_uri": "http://["},
    ],
)
def test_a_discovery_document_that_leads_elsewhere_is_not_followed(
    issuer: Issuer, document: dict[str, Any]
) -> None:
    issuer.document = document

    assert ask(issuer.token()).status == 503
    assert issuer.asked == ["/.well-known/openid-configuration"]


def test_keys_on_another_host_are_not_fetched_because_a_document_says_so(issuer: Issuer) -> None:
    with serving("127.0.0.2") as elsewhere:
        issuer.document = {"jwks_uri": f"{elsewhere.url}/.well-known/jwks.json"}

        assert ask(issuer.token()).status == 503
        assert elsewhere.asked == []


def test_nobody_is_asked_for_keys_over_http_outside_the_local_stack(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRONTDESK_STAGE", "prod")
    configure(monkeypatch, {"issuer": issuer.url, "audience": [CLIENT]})

    assert ask(issuer.token()).status == 503
    assert issuer.asked == []


def test_each_issuer_vouches_for_its_own_tokens_only(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as other:
        other.keys = [rsa_key("two").public]
        both = [{"issuer": one.url, "audience": [CLIENT]} for one in (issuer, other)]
        configure(monkeypatch, *both)

        assert ask(issuer.token()).status == 200
        assert ask(other.token(rsa_key("two"), kid="two")).status == 200
        assert ask(other.token(rsa_key("one"), kid="one")).status == 401
        assert ask(issuer.token(rsa_key("two"), kid="two")).status == 401


def test_the_clinic_may_stand_in_an_object_or_in_a_text(issuer: Issuer) -> None:
    assert ask(issuer.token(app_metadata=json.dumps({"org_id": demo.MAPLE}))).status == 200
    for unreadable in ("", "maple", "[]", '{"org_id": "maple"}', '{"org_id": null}', "[" * 50_000):
        answer = ask(issuer.token(app_metadata=unreadable))
        assert (answer.status, answer.body["detail"]) == (403, "The token names no clinic.")


def test_the_role_in_the_token_counts_for_nothing(issuer: Issuer) -> None:
    """Maple's owner is called a viewer in it, and may still do what an owner may."""
    assert Member(issuer.token()).get("/members/invitations").status == 200


def test_a_user_of_no_clinic_and_one_who_claims_anothers_is_403(issuer: Issuer) -> None:
    assert ask(issuer.token(app_metadata=None)).status == 403
    assert ask(issuer.token(sub="somebody-else")).status == 403
    assert ask(issuer.token(app_metadata={"org_id": demo.HARBOUR})).status == 403


def test_a_shared_secrets_tokens_are_meant_for_authenticated_or_nobody(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ask(token()).status == ask(token(aud="authenticated")).status == 200
    assert ask(token(aud=["authenticated", "x"])).status == 200
    assert ask(token(aud="anon")).status == 401

    configure(monkeypatch, member_audience="clinics")
    assert ask(token(aud="clinics")).status == 200
    assert ask(token(aud="authenticated")).status == 401


def test_without_issuers_only_the_shared_secret_is_left_and_the_other_way_round(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(monkeypatch, {"issuer": issuer.url, "audience": [CLIENT]}, member_secrets="[]")
    assert (ask(issuer.token()).status, ask(token()).status) == (200, 401)

    configure(monkeypatch, member_secrets=json.dumps([SECRET]))
    assert (ask(issuer.token()).status, ask(token()).status) == (401, 200)
