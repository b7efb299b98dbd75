import base64
import json
from pathlib import Path
from typing import Any

import pytest

from local import api_gateway
from local.api_gateway import Request

RECORDED: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "events" / "api_gateway_v2.json").read_text(encoding="utf-8")
)


def event(body: bytes = b"", content_type: str = "") -> dict[str, Any]:
    headers = [(b"content-type", content_type.encode())]
    request = Request("POST", "/vapi/tools/x", "", headers, body, "192.0.2.10")
    return api_gateway.event(request, "POST /vapi/tools/x", {}, now=0)


def test_the_event_of_a_request_is_the_one_on_file() -> None:
    sent = [
        (name.encode(), value.encode())
        for name, value in RECORDED["headers"].items()
        if not name.startswith("x-forwarded")
    ]
    request = Request(
        "POST",
        RECORDED["rawPath"],
        RECORDED["rawQueryString"],
        [*sent, (b"cookie", b"first=1; second=2")],
        RECORDED["body"].encode(),
        "192.0.2.10",
    )

    made = api_gateway.event(request, RECORDED["routeKey"], {}, now=1763832736.0945)

    wanted: dict[str, Any] = json.loads(json.dumps(RECORDED))
    for each in (made, wanted):  # another one each time, or in each account
        assert each["headers"].pop("x-amzn-trace-id").startswith("Root=1-6921f3a0-")
        assert len(each["requestContext"].pop("requestId")) == 16
        each["requestContext"].pop("apiId")
    assert made == wanted


@pytest.mark.parametrize(
    ("content_type", "is_base64"),
    [
        ("application/json", False),
        ("application/json; charset=utf-8", False),
        ("text/csv", False),
        ("application/xml", False),
        ("application/x-www-form-urlencoded", True),
        ("image/png", True),
        ("", True),
    ],
)
def test_only_text_travels_as_text(content_type: str, is_base64: bool) -> None:
    made = event("陈".encode(), content_type)

    assert made["isBase64Encoded"] is is_base64
    assert (base64.b64decode(made["body"]).decode() if is_base64 else made["body"]) == "陈"


def test_a_body_that_is_no_text_loses_no_byte_whatever_its_header_says() -> None:
    made = event(b"\xff\xfe", "application/json")

    assert (made["body"], made["isBase64Encoded"]) == ("//4=", True)


def test_what_is_not_there_is_left_out() -> None:
    assert not {"body", "cookies", "queryStringParameters", "pathParameters"} & event().keys()


def test_an_answer_becomes_a_response() -> None:
    status, headers, body = api_gateway.response(
        {"statusCode": 201, "headers": {"X-One": 1}, "cookies": ["a=1", "b=2"], "body": "陈"}
    )

    assert (status, body.decode()) == (201, "陈")
    assert headers == [
        (b"x-one", b"1"),
        (b"content-type", b"application/json"),
        (b"set-cookie", b"a=1"),
        (b"set-cookie", b"b=2"),
    ]


def test_an_answer_without_a_status_is_json_and_200() -> None:
    status, _, body = api_gateway.response({"say": "陈"})

    assert (status, json.loads(body)) == (200, {"say": "陈"})


def test_a_base64_answer_is_decoded() -> None:
    answer = {"statusCode": 200, "body": base64.b64encode(b"\x00").decode(), "isBase64Encoded": True}

    assert api_gateway.response(answer)[2] == b"\x00"


def test_an_answer_larger_than_lambda_returns_is_an_error() -> None:
    with pytest.raises(ValueError, match="larger"):
        api_gateway.response({"statusCode": 200, "body": "x" * (api_gateway.LARGEST_PAYLOAD + 1)})
