"""Functions that others call by name: at Lambda's own wire, and the one that embeds with its real model."""

import math
import time
from collections.abc import Iterator

import httpx
import pytest
from botocore.exceptions import ClientError  # pyright: ignore[reportMissingTypeStubs]

from frontdesk import aws
from frontdesk.knowledge import embedding
from frontdesk.knowledge.embedding import ENCODER, EmbedderFailed, Vector
from frontdesk.settings import settings
from infra.routes import Called, invoked
from local import child
from local.gateway import Gateway, Invocations

FUNCTIONS = {"Embed": "functions.knowledge.embed.handler.handler", "Echo": "tests.local.echo.handler"}


def called(name: str) -> Called:
    return Called(function=name, handler=FUNCTIONS[name], environment={}, timeout_s=10, memory_mb=1769)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    log = tmp_path_factory.mktemp("invocations") / "log"
    with child.listen() as http, child.listen() as listening, log.open("wb") as output:
        invocations = Invocations(listening, lambda: map(called, FUNCTIONS))
        made = Gateway(http, list, {}, invocations=invocations, workers=0, log=output)
        made.start()
        yield child.address(listening)
        made.stop()


@pytest.fixture
def told(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ca-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    monkeypatch.setenv("FRONTDESK_EMBED_FUNCTION", "Embed")
    settings.cache_clear()
    aws.client.cache_clear()
    yield
    settings.cache_clear()
    aws.client.cache_clear()


def embed(*texts: str) -> list[Vector]:
    return embedding.embedder(ENCODER).embed(texts, deadline=time.monotonic() + 20)


def cosine(one: Vector, other: Vector) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


@pytest.mark.usefixtures("told")
def test_the_real_model_puts_what_means_the_same_together_in_both_languages() -> None:
    english, chinese, stranger, other = embed(
        "Where can I park my car?",
        "在哪里停车？",
        "The flu shot is free for seniors.",
        "老年人打流感疫苗免费",
    )

    assert cosine(english, chinese) > 0.5 > cosine(english, stranger)
    assert cosine(stranger, other) > 0.5 > cosine(chinese, other)


@pytest.mark.usefixtures("told")
def test_the_real_model_gives_each_text_a_vector_of_its_own_whatever_stands_beside_it() -> None:
    texts = [f"Form {number} costs {number} dollars. 第{number}号表格" for number in range(130)]

    vectors = embed(*texts)

    assert len(vectors) == 130
    assert {len(vector) for vector in vectors} == {512}
    assert all(math.hypot(*vector) == pytest.approx(1, abs=1e-3) for vector in vectors)
    assert embed(texts[77]) == [pytest.approx(vectors[77], abs=1e-5)]
    assert cosine(vectors[0], vectors[129]) < 0.999


@pytest.mark.usefixtures("told")
def test_what_a_function_raises_is_told_in_lambdas_way(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    raised = httpx.post(f"{url}/2015-03-31/functions/Embed/invocations", json={"nothing": 1})

    assert (raised.status_code, raised.headers["x-amz-function-error"]) == (200, "Unhandled")
    assert raised.json() == {"errorMessage": "'texts'", "errorType": "KeyError"}

    monkeypatch.setenv("FRONTDESK_EMBED_FUNCTION", "Echo")
    settings.cache_clear()
    with pytest.raises(EmbedderFailed):
        embed("parking")


@pytest.mark.usefixtures("told")
def test_a_function_that_is_not_there_is_lambdas_own_refusal() -> None:
    client = aws.client("lambda")

    with pytest.raises(ClientError) as refused:
        client.invoke(FunctionName="Nobody", Payload=b"{}")

    assert aws.code_of(refused.value) == "ResourceNotFoundException"


def test_a_function_that_a_variable_names_is_called_by_its_logical_id() -> None:
    def function(handler: str, **variables: object) -> dict[str, object]:
        properties = {"Handler": handler, "Timeout": 3, "MemorySize": 128}
        told = {"Environment": {"Variables": variables}}
        return {"Type": "AWS::Lambda::Function", "Properties": properties | told}

    template = {
        "Resources": {
            "Held": function("a.b"),
            "Asks": function("c.d", OTHER={"Ref": "Held"}, ARN={"Ref": "X"}),
        }
    }

    [found] = invoked(template)
    assert (found.function, found.handler) == ("Held", "a.b")
