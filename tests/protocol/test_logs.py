"""What is written down of a call: ids, durations and outcomes; never who called or what they said."""

import json
import logging
import re
from typing import Any

import psycopg
import pytest

from frontdesk.db import connection
from frontdesk.logs import debug_phi, described, redacted
from frontdesk.settings import settings
from tests.clinic import Clinic, invoke, signed

WORDS = (
    "Zebulon",
    "Quackenbush",
    "1991-12-24",
    "6045550166",
    "zeb@example.org",
    "77 Nowhere Lane",
    "Ucluelet",
    "V0R 3A0",
    "V0R3A0",
    "9698658215",
    "unbearable hiccups",
    "prefers whispering",
    "changed-my-mind",
)
ZEB: dict[str, Any] = {
    "firstName": "Zebulon",
    "lastName": "Quackenbush",
    "dateOfBirth": "1991-12-24",
    "gender": "M",
    "phone": "+16045550166",
    "email": "zeb@example.org",
    "address": "77 Nowhere Lane",
    "city": "Ucluelet",
    "postalCode": "V0R 3A0",
    "healthCardType": "BC",
    "healthCardNumber": "9698658215",
    "language": "en",
}
PHI_KEYS = re.findall(
    r"\w+",
    "name firstName lastName dateOfBirth phone email healthCardNumber healthCardProvince callerPhone "
    "address city postalCode patient transcript summary",
)
"""As the issue lists them."""
Printed = pytest.CaptureFixture[str]


def lines(printed: Printed) -> list[dict[str, Any]]:
    """Each line that was printed, as JSON; fails on one that is no JSON."""
    return [json.loads(line) for line in printed.readouterr().out.splitlines()]


def test_a_whole_call_leaves_no_word_of_the_caller_in_any_log(
    clinic: Clinic, printed: Printed, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    clinic.caller = "+16045550166"

    clinic.ask("search_patient_by_phone", phone="0000000000")
    clinic.ask("search_patient", name="Zebulon Quackenbush", dateOfBirth="1991-12-24")
    assert clinic.ask("register_new_patient", **ZEB)["registered"] is True
    assert clinic.ask("register_new_patient", call="again", **ZEB)["registered"] is False
    clinic.ask("register_new_patient", **{**ZEB, "healthCardNumber": "1", "phone": "6045550166x"})
    offer = clinic.ask("find_earliest_appointment", providerName="Zebulon Quackenbush")
    offer = clinic.ask("find_earliest_appointment")
    wish = {key: offer[key] for key in ("providerId", "startTime", "appointmentType")}
    booked = clinic.ask("create_appointment", **wish, reason="unbearable hiccups", language="en")
    assert booked["booked"] is True
    clinic.ask("check_appointments", startDate="tomorrow", endDate="2027-12-31")
    clinic.ask("get_patient")
    clinic.ask("update_appointment", appointmentId=booked["appointmentId"], newStartTime="unbearable hiccups")
    clinic.ask("cancel_appointment", appointmentId=booked["appointmentId"], reason="changed-my-mind")
    clinic.ask("cancel_appointment", appointmentId="Zebulon")
    clinic.ask(
        "add_to_waitlist",
        firstName="Zebulon",
        lastName="Quackenbush",
        phone="+16045550166",
        notes="prefers whispering",
    )
    clinic.ask("transfer_call", reason="billing", notes="prefers whispering")
    clinic.ask("log_call_metadata", language="en", callOutcome="booked")
    body = json.dumps({"message": clinic.message("get_patient", ZEB)}).encode()
    assert invoke("get_patient", body, signed(body, "guessed"))["statusCode"] == 401
    clinic.number = "+16045550999"
    clinic.error("register_new_patient", **ZEB)

    out, err = printed.readouterr()
    assert out.count("tool call answered") == 17
    written = out + err + caplog.text + "".join(str(vars(record)) for record in caplog.records)
    assert [word for word in WORDS if word.casefold() in written.casefold()] == []


def test_each_tool_call_is_logged_with_its_ids_its_outcome_and_how_long_it_took(
    clinic: Clinic, printed: Printed
) -> None:
    clinic.ask("get_providers", id="asked-1")
    clinic.ask("cancel_appointment", id="asked-2", appointmentId=1)

    logged = [line for line in lines(printed) if line.get("message") == "tool call answered"]

    assert [(one["tool"], one["tool_call_id"], one["outcome"]) for one in logged] == [
        ("get_providers", "asked-1", "done"),
        ("cancel_appointment", "asked-2", "refused"),
    ]
    for one in logged:
        assert (one["call_id"], one["org_id"]) == (clinic.call, clinic.org_id)
        assert 0 < one["duration_ms"] < 4_000


def test_each_tool_call_is_measured_by_tool_and_outcome_alone(clinic: Clinic, printed: Printed) -> None:
    clinic.ask("get_providers")

    [metric] = [line for line in lines(printed) if "_aws" in line]

    assert metric["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["tool"]]
    assert (metric["tool"], metric["done"]) == ("get_providers", [1.0])
    assert set(metric) == {"_aws", "tool", "duration", "done"}


def test_what_stands_under_a_key_of_a_persons_is_never_kept_however_it_is_spelled() -> None:
    for key in PHI_KEYS:
        snake = "".join(f"_{c.lower()}" if c.isupper() else c for c in key)
        for spelled in (key, snake, key.upper(), snake.upper(), snake.replace("_", "-")):
            for value in ("secret", ["secret"], {"deep": "secret"}):
                assert "secret" not in str(redacted({"a": [{"b": ({spelled: value},)}]})), spelled


def test_what_stands_under_other_keys_is_kept() -> None:
    kept = {"call_id": "c", "outcome": "done", "at": ["x.py:3"], "n": 3}

    assert redacted(kept) == kept


def test_an_error_is_described_by_its_type_and_place_without_its_text(clinic: Clinic) -> None:
    try:
        try:
            raise ValueError("Zebulon")  # noqa: TRY301
        except ValueError as cause:
            raise KeyError("Quackenbush") from cause
    except KeyError as error:
        about = described(error)

    assert about["error"] == "KeyError"
    assert about["cause"]["error"] == "ValueError"
    assert "test_logs.py" in about["at"][-1]
    assert "Zebulon" not in str(about)
    assert "Quackenbush" not in str(about)


def test_what_the_database_driver_has_to_say_of_a_failed_row_is_not_printed(
    clinic: Clinic, caplog: pytest.LogCaptureFixture
) -> None:
    """Leaving a pipeline by another error, it logs Postgres' own, DETAIL and all."""
    clinic.ask("get_clinic_info")
    ours = connection.connection(float("inf"))

    def leaves_by_another_error() -> None:
        with ours.pipeline():
            ours.execute(b"SELECT ('{\"phone\": \"6045550166' || '\"')::json")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        leaves_by_another_error()

    assert "6045550166" not in caplog.text


def test_a_callers_words_are_printed_only_where_the_switch_is_on_and_marked(
    clinic: Clinic, printed: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(stage: str, switch: str) -> list[str]:
        monkeypatch.setenv("FRONTDESK_STAGE", stage)
        monkeypatch.setenv("FRONTDESK_PHI_DEBUG", switch)
        settings.cache_clear()
        clinic.ask("search_patient", name="Zebulon\nQuackenbush", call=f"{stage}-{switch}")
        return [line for line in printed.readouterr().out.splitlines() if "Zebulon" in line]

    marked = asked("local", "true")
    assert marked
    assert all(line.startswith("[PHI-DEBUG] ") for line in marked)
    assert asked("dev", "true")
    assert asked("local", "") == asked("local", "false") == []
    assert asked("prod", "true") == []


def test_every_line_of_what_is_printed_for_debugging_is_marked(
    clinic: Clinic, printed: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRONTDESK_PHI_DEBUG", "true")
    settings.cache_clear()

    debug_phi("said", "one\ntwo\u2028three")

    assert printed.readouterr().out.splitlines() == [
        "[PHI-DEBUG] said: one",
        "[PHI-DEBUG] two",
        "[PHI-DEBUG] three",
    ]


def test_a_broken_row_is_described_by_code_and_constraint(clinic: Clinic) -> None:
    with pytest.raises(psycopg.errors.UniqueViolation) as broken:
        clinic.do("INSERT INTO phone_numbers (e164, org_id) VALUES ('+16045550100', %s)", clinic.org_id)

    about = described(broken.value)

    assert (about["sqlstate"], about["constraint"]) == ("23505", "phone_numbers_pkey")
    assert "6045550100" not in str(about)
