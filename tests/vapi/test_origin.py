"""Proof of origin, as arithmetic: bytes, headers, secrets and an instant in; yes or no out."""

import hashlib
import hmac

import pytest

from frontdesk.vapi.origin import Secrets, is_proven, sign

BODY = '{"message":{"say":"陈伟"}}'.encode()
NOW = 1_771_624_800.0
LIVE = Secrets(hmac=("new", "old"), shared=("word",))


def headers(stamp: object, *, secret: str = "new", body: bytes = BODY) -> dict[str, str]:
    return {"x-timestamp": str(stamp), "x-signature": sign(body, str(stamp), secret)}


def test_the_signature_is_lower_hex_of_sha256_over_timestamp_dot_body() -> None:
    by_hand = hmac.new(b"new", b"1771624800." + BODY, hashlib.sha256).hexdigest()

    assert is_proven(BODY, {"x-timestamp": "1771624800", "x-signature": by_hand}, LIVE, now=NOW)


@pytest.mark.parametrize("off_s", [-300, -1, 0, 1, 300])
def test_a_timestamp_within_five_minutes_either_way_counts_in_seconds_and_in_milliseconds(off_s: int) -> None:
    assert is_proven(BODY, headers(int(NOW) + off_s), LIVE, now=NOW)
    assert is_proven(BODY, headers((int(NOW) + off_s) * 1000), LIVE, now=NOW)


@pytest.mark.parametrize("off_s", [-301, 301, -86_400, 86_400])
def test_an_older_or_later_timestamp_is_a_replay_though_rightly_signed(off_s: int) -> None:
    assert not is_proven(BODY, headers(int(NOW) + off_s), LIVE, now=NOW)
    assert not is_proven(BODY, headers((int(NOW) + off_s) * 1000), LIVE, now=NOW)


@pytest.mark.parametrize(
    "stamp", ["", "soon", "-1771624800", "+1771624800", "1771624800.0", " 1771624800", "1_771_624_800"]
)
def test_a_timestamp_that_is_no_plain_number_proves_nothing(stamp: str) -> None:
    assert not is_proven(BODY, headers(stamp), LIVE, now=NOW)


def test_digits_of_another_script_and_endless_digits_are_no_timestamp() -> None:
    assert not is_proven(BODY, headers("１７７１６２４８００"), LIVE, now=NOW)
    assert not is_proven(BODY, headers("1" * 100_000), LIVE, now=NOW)


def test_either_secret_of_the_pair_counts_while_rotating_and_no_third() -> None:
    stamp = int(NOW)

    assert is_proven(BODY, headers(stamp, secret="new"), LIVE, now=NOW)
    assert is_proven(BODY, headers(stamp, secret="old"), LIVE, now=NOW)
    assert not is_proven(BODY, headers(stamp, secret="older"), LIVE, now=NOW)


def test_a_signature_of_other_bytes_or_of_another_time_proves_nothing() -> None:
    signed = headers(int(NOW))

    assert not is_proven(BODY + b" ", signed, LIVE, now=NOW)
    assert not is_proven(BODY, signed | {"x-timestamp": str(int(NOW) + 1)}, LIVE, now=NOW)
    assert not is_proven(BODY, signed | {"x-signature": signed["x-signature"].upper()}, LIVE, now=NOW)


def test_a_wrong_signature_is_refused_even_beside_a_good_shared_secret() -> None:
    wrong = headers(int(NOW), secret="guessed") | {"x-vapi-secret": "word"}

    assert not is_proven(BODY, wrong, LIVE, now=NOW)
    assert not is_proven(BODY, {"x-signature": "", "x-vapi-secret": "word"}, LIVE, now=NOW)


def test_a_shared_secret_counts_only_where_the_stack_has_one() -> None:
    assert is_proven(BODY, {"x-vapi-secret": "word"}, LIVE, now=NOW)
    assert not is_proven(BODY, {"x-vapi-secret": "Word"}, LIVE, now=NOW)
    assert not is_proven(BODY, {"x-vapi-secret": "word"}, Secrets(hmac=("new",)), now=NOW)


def test_an_empty_secret_in_the_configuration_lets_nobody_in() -> None:
    left_empty = Secrets(hmac=("",), shared=("",))

    assert not is_proven(BODY, {"x-vapi-secret": ""}, left_empty, now=NOW)
    assert not is_proven(BODY, headers(int(NOW), secret=""), left_empty, now=NOW)


@pytest.mark.parametrize("strange", ["é", "秘密", "\ud800"])
def test_a_header_outside_ascii_is_compared_not_choked_on(strange: str) -> None:
    assert not is_proven(BODY, {"x-vapi-secret": strange}, LIVE, now=NOW)
    assert not is_proven(BODY, headers(int(NOW)) | {"x-signature": strange}, LIVE, now=NOW)
    assert not is_proven(BODY, headers(int(NOW)) | {"x-timestamp": strange}, LIVE, now=NOW)


def test_without_any_header_nothing_is_proven() -> None:
    assert not is_proven(BODY, {}, LIVE, now=NOW)
    assert not is_proven(BODY, {"x-timestamp": str(int(NOW))}, LIVE, now=NOW)
