"""Tools' questions to an EMR: all of them come through, and a lost answer is what it is."""

import json
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from botocore.auth import SigV4Auth  # pyright: ignore[reportMissingTypeStubs]
from botocore.awsrequest import AWSRequest  # pyright: ignore[reportMissingTypeStubs]
from botocore.credentials import Credentials  # pyright: ignore[reportMissingTypeStubs]

from frontdesk.emr import wire
from frontdesk.emr.asking import emr_of
from frontdesk.emr.emr import Away, Emr, NoAnswer
from frontdesk.errors import DeadlineExceeded, FrontdeskError, ProviderFailed
from functions.emr.ask.handler import handler as ask_emrs
from tests.clinic import Context
from tests.emr.asks import MAPLE, NAME, AskedWorld, Asks, Reply
from tests.emr.contract import DAY, Contract, draft, soon


class TestAsked(Contract):
    @pytest.fixture
    def world(self, asked_world: AskedWorld) -> AskedWorld:
        return asked_world


@pytest.fixture
def world(asked_world: AskedWorld) -> AskedWorld:
    return asked_world


def test_everything_an_emr_does_can_be_asked() -> None:
    public = {name for name in vars(Emr) if not name.startswith("_")} - {"name"}

    assert public == wire.METHODS
    assert public > wire.WRITES
    for name in public:
        assert callable(getattr(emr_of(MAPLE), name))
    assert not hasattr(emr_of(MAPLE), "no_such")


def test_an_operators_word_is_no_question() -> None:
    with pytest.raises(KeyError, match="method"):
        ask_emrs({"verb": "disconnect", "org_id": str(MAPLE)}, Context())


def test_a_question_is_signed_as_aws_asks(asked: Asks, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("ACCESS_KEY_ID", "a-key"), ("SECRET_ACCESS_KEY", "a-secret")):
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a/session+token==")
    asked.instead = says(200, b'{"answer": []}')

    assert emr_of(MAPLE).by_phone("+16045550142", deadline=soon()) == []

    [(path, headers, body)] = asked.seen
    assert path == f"/2015-03-31/functions/{NAME}/invocations"
    there = {name.lower(): value for name, value in headers.items()}
    names = ("content-type", "host", "x-amz-date", "x-amz-security-token")
    request = AWSRequest("POST", asked.url + path, {name: there[name] for name in names}, body)
    request.context["timestamp"] = there["x-amz-date"]  # pyright: ignore[reportUnknownMemberType]
    judge = SigV4Auth(Credentials("a-key", "a-secret", "a/session+token=="), "lambda", "ca-central-1")
    canonical = judge.canonical_request(request)  # pyright: ignore[reportUnknownMemberType]
    signed = judge.signature(judge.string_to_sign(request, canonical), request)  # pyright: ignore[reportUnknownMemberType]
    assert there["authorization"].endswith(f"Signature={signed}")


def test_connections_are_used_again_while_they_stand(asked: Asks) -> None:
    asked.instead = says(200, b'{"answer": []}')
    for _ in range(3):
        emr_of(MAPLE).providers(deadline=soon())
    assert asked.connections == 1

    asked.drops_answers = True
    with pytest.raises(ProviderFailed):
        emr_of(MAPLE).providers(deadline=soon())
    asked.drops_answers = False
    emr_of(MAPLE).providers(deadline=soon())

    assert asked.connections == 2


def says(status: int, body: bytes) -> Callable[[bytes], Reply]:
    return lambda _: (status, {}, body)


def fails(failure: dict[str, Any]) -> Callable[[bytes], Reply]:
    return lambda _: (200, {"X-Amz-Function-Error": "Unhandled"}, json.dumps(failure).encode())


@pytest.mark.parametrize(
    ("instead", "of_a_read", "of_a_write"),
    [
        (fails({"errorMessage": "Task timed out after 60 seconds"}), ProviderFailed, NoAnswer),
        (fails({"errorType": "MemoryError", "errorMessage": "no more"}), ProviderFailed, NoAnswer),
        (says(500, b'{"Message": "at fault"}'), ProviderFailed, NoAnswer),
        (says(200, b"<html>"), ProviderFailed, NoAnswer),
        (says(200, b'{"answer": 3}'), ProviderFailed, NoAnswer),
        (says(200, b'{"error": "Exploded", "why": ""}'), ProviderFailed, NoAnswer),
        # It was not called at all.
        (
            says(429, b'{"Reason": "ConcurrentInvocationLimitExceeded"}'),
            ProviderFailed,
            ProviderFailed,
        ),
        (says(403, b'{"Message": "not allowed"}'), ProviderFailed, ProviderFailed),
        (says(200, b'{"error": "Away", "why": ""}'), Away, Away),
    ],
)
def test_what_no_answer_means(
    asked: Asks,
    world: AskedWorld,
    instead: Callable[[bytes], Reply],
    of_a_read: type[FrontdeskError],
    of_a_write: type[FrontdeskError],
) -> None:
    asked.instead = instead

    with pytest.raises(of_a_read) as read:
        world.emr.providers(deadline=soon())
    with pytest.raises(of_a_write) as written:
        world.emr.book(draft(world, "1", "09:30"), 1, deadline=soon())

    assert (read.type, written.type) == (of_a_read, of_a_write)


def test_an_answer_that_is_lost_on_its_way_is_unsure_though_the_visit_stands(
    asked: Asks, world: AskedWorld
) -> None:
    jane = world.chart("Roe", "Jane", date(1988, 5, 6), phones=["604-555-0142"])
    asked.drops_answers = True

    with pytest.raises(NoAnswer):
        world.emr.book(draft(world, jane, "09:30"), 1, deadline=soon())

    assert world.standing() == 1


def test_no_answer_is_waited_for_longer_than_the_deadline(asked: Asks, world: AskedWorld) -> None:
    asked.instead = says(200, b'{"answer": []}' + b" " * 1000)
    asked.drips = True

    began = time.monotonic()
    with pytest.raises(DeadlineExceeded):
        world.emr.openings(world.provider_id, DAY, DAY, deadline=soon(0.4))
    with pytest.raises(NoAnswer):
        world.emr.book(draft(world, "1", "09:30"), 1, deadline=soon(0.4))
    assert time.monotonic() - began < 1


def test_nobody_listening_is_no_doubt(
    asked: Asks, world: AskedWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", "http://127.0.0.1:9")

    with pytest.raises(ProviderFailed) as failed:
        world.emr.book(draft(world, "1", "09:30"), 1, deadline=soon())

    assert failed.type is ProviderFailed
