"""Who may ask: a request that is not proven is answered 401 and leaves nothing behind."""

import base64
import importlib
import json
import time

import pytest

from frontdesk.settings import settings
from frontdesk.vapi import origin
from tests.clinic import SECRET, Clinic, Context, invoke, signed
from tests.protocol.tables import counted

SHARED = {"x-vapi-secret": "a-shared-secret"}


def asked(clinic: Clinic) -> bytes:
    return json.dumps({"message": clinic.message("get_clinic_info", {})}).encode()


def stamped(body: bytes, off_s: float, *, in_seconds: bool) -> dict[str, str]:
    """Rightly signed, `off_s` from now."""
    stamp = str(round((time.time() + off_s) * (1 if in_seconds else 1000)))
    return {"x-timestamp": stamp, "x-signature": origin.sign(body, stamp, SECRET)}


def test_a_signature_by_either_live_secret_is_taken(clinic: Clinic) -> None:
    body = asked(clinic)

    for secret in (SECRET, "the-one-before"):
        status, answer = clinic.post("get_clinic_info", body, signed(body, secret))
        assert status == 200
        assert "Maple Clinic" in answer["results"][0]["result"]


def test_a_timestamp_counts_for_five_minutes_either_way_in_seconds_or_milliseconds(clinic: Clinic) -> None:
    body = asked(clinic)

    for off_s, status in ((-290, 200), (290, 200), (-310, 401), (310, 401)):
        for in_seconds in (True, False):
            headers = stamped(body, off_s, in_seconds=in_seconds)
            assert clinic.post("get_clinic_info", body, headers)[0] == status, (off_s, in_seconds)


def test_whoever_is_not_proven_leaves_no_row_and_is_told_nothing(clinic: Clinic) -> None:
    """The body is a booking that would work, so a row would show it had been read."""
    offer = clinic.ask("find_earliest_appointment")
    patient = clinic.prove_john()
    wish = {
        "demographicId": patient,
        "providerId": offer["providerId"],
        "startTime": offer["startTime"],
        "appointmentType": offer["appointmentType"],
        "reason": "cough",
        "language": "en",
    }
    body = json.dumps({"message": clinic.message("create_appointment", wish)}).encode()
    good, before = signed(body), counted(clinic.owner_url)

    for headers in (
        {},
        {"x-timestamp": good["x-timestamp"]},
        {"x-signature": good["x-signature"]},
        signed(body, "guessed"),
        signed(body, ""),
        signed(body + b" "),
        signed(body, at=time.time() - 301),
        signed(body, at=time.time() + 301),
        good | {"x-timestamp": str(int(good["x-timestamp"]) + 1)},
        signed(body, "guessed") | SHARED,
        {"x-vapi-secret": "wrong"},
        {"x-vapi-secret": "é秘密"},
        good | {"x-signature": "é" * 64},
        {"authorization": "Bearer a-shared-secret"},
    ):
        status, answer = clinic.post("create_appointment", body, headers)
        assert status == 401, headers
        assert set(answer) == {"error"}
    assert counted(clinic.owner_url) == before

    [item] = clinic.post("create_appointment", body, good)[1]["results"]
    assert json.loads(item["result"])["booked"] is True


def test_what_an_unproven_body_holds_makes_no_difference(clinic: Clinic) -> None:
    handler = importlib.import_module("functions.tools.get_clinic_info.handler").handler

    for body in (b"", b"{", b"[" * 100_000, b"\xff\x00", b'{"message":' + b" " * 2_000_000):
        event = {
            "headers": {"x-signature": "0" * 64, "x-timestamp": str(int(time.time()))},
            "body": base64.b64encode(body).decode(),
            "isBase64Encoded": True,
        }
        assert handler(event, Context())["statusCode"] == 401


def test_the_shared_secret_alone_is_enough_on_the_local_stack(clinic: Clinic) -> None:
    assert clinic.post("get_clinic_info", asked(clinic), SHARED)[0] == 200


def test_a_stack_without_a_shared_secret_takes_none(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FRONTDESK_VAPI_SHARED_SECRETS")
    settings.cache_clear()
    body = asked(clinic)

    assert clinic.post("get_clinic_info", body, SHARED)[0] == 401
    assert clinic.post("get_clinic_info", body, {"x-vapi-secret": ""})[0] == 401
    assert clinic.post("get_clinic_info", body, signed(body))[0] == 200


def test_header_names_are_read_in_any_case(clinic: Clinic) -> None:
    body = asked(clinic)

    shouted = {name.title(): value for name, value in signed(body).items()}
    assert clinic.post("get_clinic_info", body, shouted)[0] == 200


def test_a_body_that_travels_as_base64_is_proven_and_read_as_the_bytes_it_was(clinic: Clinic) -> None:
    message = clinic.message("search_patient", {"name": "陈美玲"})
    body = json.dumps({"message": message}, ensure_ascii=False).encode()
    event = {"headers": signed(body), "body": base64.b64encode(body).decode(), "isBase64Encoded": True}

    answer = importlib.import_module("functions.tools.search_patient.handler").handler(event, Context())

    [item] = json.loads(answer["body"])["results"]
    assert json.loads(item["result"])["firstName"] == "Meiling"


def test_an_event_without_headers_or_body_is_refused(clinic: Clinic) -> None:
    handler = importlib.import_module("functions.tools.get_clinic_info.handler").handler

    assert handler({}, Context())["statusCode"] == 401


def test_the_real_gateways_event_is_read_as_it_is(clinic: Clinic) -> None:
    answer = invoke("get_clinic_info", body := asked(clinic), {"cookie": "a=1", **signed(body)})

    assert answer["statusCode"] == 200
    assert answer["headers"] == {"content-type": "application/json"}
