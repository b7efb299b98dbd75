"""A clinic's first day, by HTTP: sign up, say who is there and when, attach a number, save an agent."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx
import jwt

from local.addresses import Addresses
from local.errors import LocalError

CALL: Final = Path(__file__).with_name("first_call.yml")
"""The first call to the clinic, to be played afterwards."""
NUMBER: Final = "+16045550140"
TIME_ZONE: Final = "America/Vancouver"
_EMAIL: Final = "owner@rosewood.example"
_AGENT: Final = {
    "name": "Rosewood desk",
    "template": "assistant",
    "languages": ["en", "zh"],
    "greeting": "Rosewood Clinic, good day. How can I help you?",
    "greetingZh": "您好，玫瑰木诊所。请问有什么可以帮您？",
    "instructions": "The clinic is on the second floor; there is a lift.",
}
_SHIFTS: Final = (("09:00", "12:00"), ("13:00", "17:00"))
_PATIENCE_S: Final = 20


def begin(addresses: Addresses, say: Callable[[str], None]) -> Addresses:
    """The stack's addresses, with the new clinic among them; raises `LocalError` for what went wrong."""
    with httpx.Client(timeout=_PATIENCE_S) as http:
        issuer = addresses.issuer_url
        _told(http.post(f"{issuer}/sign-up", json={"email": _EMAIL, "clinicName": "Rosewood Clinic"}))
        token = _told(http.post(f"{issuer}/token", json={"email": _EMAIL}))["id_token"]
        http.headers["authorization"] = f"Bearer {token}"
        http.base_url = addresses.api_url
        about = {
            "timeZone": TIME_ZONE,
            "languages": ["en", "zh"],
            "phoneNumber": NUMBER,
            "nameZh": "玫瑰木诊所",
        }
        clinic = _told(http.patch("/organization", json=about))
        doctor = _told(http.post("/providers", json={"name": "Dr. Ana Wong", "languages": ["en", "zh"]}))
        week = [
            {"weekday": day, "starts": starts, "ends": ends}
            for day in range(1, 6)
            for starts, ends in _SHIFTS
        ]
        _told(http.put(f"/providers/{doctor['id']}/hours", json={"weekly": week, "dates": []}))
        say(f"signed up: {clinic['name']}, with {doctor['name']}")

        _buy(addresses)
        attached = _told(http.put(f"/phone-numbers/{NUMBER}"))
        say(f"telephone: {attached['e164']} {attached['status']}")

        agent_id, began = uuid4(), time.perf_counter()
        saved = _told(http.put(f"/agents/{agent_id}", json=_AGENT))
        answered_s = time.perf_counter() - began
        while (shown := _told(http.get(f"/agents/{agent_id}")))["sync"] == "pending":
            if time.perf_counter() - began > _PATIENCE_S:
                raise LocalError(f"the agent was not synced within {_PATIENCE_S} s")
            time.sleep(0.05)
        synced_s = time.perf_counter() - began
        if shown["sync"] != "synced":
            raise LocalError(f"the agent is {shown['sync']}: {shown['syncError']}")
        say(f"agent: “{saved['message']}” after {answered_s:.2f} s; synced after {synced_s:.2f} s")
    org_id: str = jwt.decode(token, options={"verify_signature": False})["app_metadata"]["org_id"]
    made = {
        "id": org_id,
        "name": clinic["name"],
        "phone_number": NUMBER,
        "time_zone": TIME_ZONE,
        "jwt": token,
    }
    return replace(addresses, organizations=[*addresses.organizations, made])


def _buy(addresses: Addresses) -> None:
    """Puts the number into the platform's Vapi account, as an operator does once."""
    headers = {"authorization": f"Bearer {addresses.vapi_private_key}"}
    number = {"provider": "twilio", "number": NUMBER, "twilioAccountSid": "AC1", "twilioAuthToken": "x"}
    _told(httpx.post(f"{addresses.vapi_url}/phone-number", json=number, headers=headers))


def _told(answer: httpx.Response) -> dict[str, Any]:
    if answer.is_error:
        raise LocalError(
            f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text}"
        )
    return answer.json()
