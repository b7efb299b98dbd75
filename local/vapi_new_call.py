"""A call that is made through the API: what Vapi adds to the request for one."""

from typing import Any

from local.vapi_refused import Refused

_WHO = ("assistantId", "assistant", "squadId", "squad")
_WHOM = ("customer", "customerId", "customers")
_ON_A_LINE = ("phoneNumberId", "phoneNumber", "customer", "customerId")


def begun(body: dict[str, Any], call_id: str, host: str) -> dict[str, Any]:
    """The call as it is kept and answered, without the fields that every resource has.

    Args:
        body: of POST /call.
        call_id: the id it will have.
        host: of the request, e.g. `127.0.0.1:4010`.

    Raises:
        Refused: nobody to talk to, nobody to call, or a phone number in a web-socket call.
    """
    if not any(body.get(name) for name in _WHO):
        raise Refused(400, [f"one of {', '.join(_WHO)} must be given"])
    transport: dict[str, Any] = body.get("transport") or {}
    monitor = {
        "listenUrl": f"ws://{host}/calls/{call_id}/listen",
        "controlUrl": f"http://{host}/calls/{call_id}/control",
    }
    if transport.get("provider") != "vapi.websocket":
        is_on_a_line = bool(body.get("phoneNumberId") or body.get("phoneNumber"))
        if is_on_a_line and not any(body.get(name) for name in _WHOM):
            raise Refused(400, [f"one of {', '.join(_WHOM)} must be given"])
        kind = "outboundPhoneCall" if is_on_a_line else "webCall"
        return {**body, "type": kind, "status": "queued", "monitor": monitor}
    if wrong := [name for name in _ON_A_LINE if body.get(name)]:
        raise Refused(400, [f"{name} is not allowed with a vapi.websocket transport" for name in wrong])
    audio = {"format": "pcm_s16le", "container": "raw", "sampleRate": 16000}
    transport = {"audioFormat": audio, **transport, "websocketCallUrl": f"ws://{host}/calls/{call_id}/socket"}
    return {
        **body,
        "type": "vapi.websocketCall",
        "status": "queued",
        "monitor": monitor,
        "transport": transport,
    }
