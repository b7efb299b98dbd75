"""What every embedder promises, at its own wire, and what it makes of a server away, slow or wrong."""

import json
import math
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from moto import mock_aws

from frontdesk import aws
from frontdesk.knowledge import embedding
from frontdesk.knowledge.embedding import DIMENSIONS, ENCODER, TITAN, EmbedderFailed
from frontdesk.settings import settings
from tests import embedder as stand_ins
from tests.embedder import StandIn

TEXTS = ["Where can I park?", "初诊要带什么", "The fee for a form is 25 dollars."]
THROTTLED = (429, "ThrottlingException", b'{"message": "Too many requests"}')


def soon(seconds: float = 5) -> float:
    return time.monotonic() + seconds


@dataclass
class Bedrock:
    """Bedrock's runtime at the wire; answers with the stand-in's vectors unless told otherwise."""

    url: str = ""
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    refusals: list[tuple[int, str, bytes]] = field(default_factory=list)
    answer: bytes | None = None
    stalls: bool = False
    takes_s: float = 0
    busiest: int = 0
    _busy: int = 0
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def reply(self, path: str, body: bytes) -> tuple[int, str, bytes]:
        with self._turn:
            self._busy += 1
            self.busiest = max(self.busiest, self._busy)
            refusal = self.refusals.pop(0) if self.refusals else None
        while self.stalls:
            time.sleep(0.01)
        time.sleep(self.takes_s)
        with self._turn:
            self._busy -= 1
            if refusal:
                return refusal
            told = json.loads(body)
            self.asked.append((path, told))
        made = {"embedding": stand_ins.vector(told["inputText"]), "inputTextTokenCount": 3}
        return 200, "", self.answer or json.dumps(made).encode()


@pytest.fixture
def bedrock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bedrock]:
    told = Bedrock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            status, error, answer = told.reply(
                self.path, self.rfile.read(int(self.headers["Content-Length"]))
            )
            self.send_response(status)
            if error:
                self.send_header("x-amzn-errortype", error)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:
            """Writes nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        told.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=[0.02])
        thread.start()
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "local")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "ca-central-1")
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", told.url)
        aws.client.cache_clear()
        yield told
        told.stalls = False
        server.shutdown()
        thread.join()
    aws.client.cache_clear()


@pytest.fixture(params=[TITAN, ENCODER])
def either(request: pytest.FixtureRequest, bedrock: Bedrock, embedder: StandIn) -> embedding.Embedder:
    return embedding.embedder(request.param)


def test_each_text_has_its_vector_in_order(either: embedding.Embedder) -> None:
    many = [f"{text} {number}" for number in range(50) for text in TEXTS]

    vectors = either.embed(many, deadline=soon())

    assert [len(vector) for vector in vectors] == [DIMENSIONS] * 150
    assert all(math.hypot(*vector) == pytest.approx(1, abs=1e-3) for vector in vectors)
    assert vectors == [pytest.approx(stand_ins.vector(text), abs=1e-6) for text in many]
    assert either.embed(many[:1], deadline=soon()) == vectors[:1]
    assert either.embed([], deadline=soon()) == []


@pytest.mark.parametrize("empty", ["", " \n\t"])
def test_an_empty_text_is_refused_and_nothing_asked(
    either: embedding.Embedder, bedrock: Bedrock, embedder: StandIn, empty: str
) -> None:
    with pytest.raises(ValueError, match="empty"):
        either.embed(["parking", empty], deadline=soon())

    assert bedrock.asked == []
    assert embedder.batches == []


def test_of_a_text_too_long_the_beginning_is_embedded(
    either: embedding.Embedder, bedrock: Bedrock, embedder: StandIn
) -> None:
    long = "停车" * 5_000

    either.embed([long], deadline=soon())

    [sent] = embedder.texts or [told["inputText"] for _, told in bedrock.asked]
    assert long.startswith(sent)
    # As many whole characters as fit into the model's bytes.
    assert len(sent) == (8_000 if either.model == TITAN else 4_000) // 3


def test_a_vector_survives_its_way_through_sql_text() -> None:
    made = stand_ins.vector("The fee for a form is 25 dollars.")

    text = embedding.sql_text(made)

    assert tuple(json.loads(text)) == pytest.approx(made, abs=1e-7)
    assert len(embedding.sql_text((0.1234567891234,) * DIMENSIONS)) < 12 * DIMENSIONS


def test_titan_is_asked_for_unit_vectors_of_512(bedrock: Bedrock) -> None:
    embedding.embedder(TITAN).embed(["parking"], deadline=soon())

    [(path, told)] = bedrock.asked
    assert path == "/model/amazon.titan-embed-text-v2%3A0/invoke"
    assert told == {"inputText": "parking", "dimensions": 512, "normalize": True}


def test_titan_is_asked_several_texts_at_once_and_no_more_than_eight(bedrock: Bedrock) -> None:
    bedrock.takes_s = 0.02
    embedding.embedder(TITAN).embed([f"text {number}" for number in range(40)], deadline=soon())

    assert 2 <= bedrock.busiest <= 8


def test_what_was_throttled_is_asked_again(bedrock: Bedrock, embedder: StandIn) -> None:
    bedrock.refusals = [THROTTLED, THROTTLED, (503, "ServiceUnavailableException", b"{}")]
    embedder.refusals = [429, 500]

    assert len(embedding.embedder(TITAN).embed(TEXTS, deadline=soon(20))) == 3
    assert len(embedding.embedder(ENCODER).embed(TEXTS, deadline=soon(20))) == 3


def test_who_is_throttled_on_and_on_gives_up_before_the_deadline(bedrock: Bedrock) -> None:
    bedrock.refusals = [THROTTLED] * 1000
    began = time.monotonic()

    # On a busy machine the deadline may come while the last one is under way.
    with pytest.raises(EmbedderFailed, match=r"ThrottlingException|too slow"):
        embedding.embedder(TITAN).embed(TEXTS, deadline=soon(1))

    assert len(bedrock.refusals) < 999, "asked again"
    assert time.monotonic() - began < 3


def test_what_is_refused_for_good_is_asked_once(bedrock: Bedrock) -> None:
    refusal = (403, "AccessDeniedException", b"{}")
    bedrock.refusals = [refusal] * 4

    with pytest.raises(EmbedderFailed, match="AccessDeniedException"):
        embedding.embedder(TITAN).embed(["parking"], deadline=soon())

    assert bedrock.refusals == [refusal] * 3


def test_one_that_hangs_is_waited_for_until_the_deadline(
    either: embedding.Embedder, bedrock: Bedrock, embedder: StandIn
) -> None:
    bedrock.stalls = embedder.stalls = True
    began = time.monotonic()

    with pytest.raises(EmbedderFailed):
        either.embed(TEXTS, deadline=soon(0.3))

    assert time.monotonic() - began < 3


def test_one_that_is_away_has_failed(either: embedding.Embedder, monkeypatch: pytest.MonkeyPatch) -> None:
    for service in ("LAMBDA", "BEDROCK_RUNTIME"):
        monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", "http://127.0.0.1:1")
    aws.client.cache_clear()

    with pytest.raises(EmbedderFailed):
        either.embed(TEXTS, deadline=soon(0.3))


def test_who_was_told_of_no_function_is_not_kept_waiting(
    embedder: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FRONTDESK_EMBED_FUNCTION")
    settings.cache_clear()
    began = time.monotonic()

    with pytest.raises(EmbedderFailed, match="ParamValidationError"):
        embedding.embedder(ENCODER).embed(TEXTS, deadline=soon())

    assert time.monotonic() - began < 3


WRONG: list[Callable[[], bytes]] = [
    lambda: b"<html>",
    lambda: b"[]",
    lambda: b"{}",
    lambda: json.dumps({"embedding": [1.0] + [0.0] * 255}).encode(),
    lambda: json.dumps({"embedding": [1.0] * 512}).encode(),
    lambda: json.dumps({"embedding": [float("nan")] * 512}).encode(),
    lambda: json.dumps({"embedding": ["a"] * 512}).encode(),
    lambda: json.dumps({"embedding": None}).encode(),
    lambda: json.dumps({"model": ENCODER, "vectors": "AAAA"}).encode(),
    lambda: json.dumps({"model": ENCODER, "vectors": ""}).encode(),
    lambda: json.dumps({"model": ENCODER, "vectors": "A" * 2732}).encode(),
    lambda: json.dumps({"model": "another", "vectors": ""}).encode(),
]


@pytest.mark.parametrize("wrong", WRONG)
def test_nonsense_is_no_vector(
    either: embedding.Embedder, bedrock: Bedrock, embedder: StandIn, wrong: Callable[[], bytes]
) -> None:
    bedrock.answer = embedder.answer = wrong()

    with pytest.raises(EmbedderFailed):
        either.embed(["parking"], deadline=soon())


def test_a_function_that_raised_has_failed_and_nothing_of_it_is_repeated(embedder: StandIn) -> None:
    embedder.fails_after = 1

    with pytest.raises(EmbedderFailed, match=r"^the function that embeds failed$"):
        embedding.embedder(ENCODER).embed([f"text {number}" for number in range(200)], deadline=soon())

    assert [len(batch) for batch in embedder.batches] == [128]


def test_the_encoder_is_reached_beside_a_moto_that_holds_the_rest_of_aws(embedder: StandIn) -> None:
    with mock_aws():
        aws.client.cache_clear()
        aws.client("sqs").create_queue(QueueName="waiting")

        assert len(embedding.embedder(ENCODER).embed(TEXTS, deadline=soon())) == 3
