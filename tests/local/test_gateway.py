import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from infra.routes import Route
from local import child
from local.api_gateway import LARGEST_PAYLOAD
from local.errors import ChildFailed
from local.gateway import Gateway

PATHS = (
    "POST /vapi/tools/echo",
    "GET /documents/{id}",
    "GET /documents/mine",
    "DELETE /documents/{id}",
    "ANY /pages/{proxy+}",
)
TEXT = {"content-type": "text/plain"}


def route(key: str) -> Route:
    method, path = key.split()
    return Route(
        method=method,
        path=path,
        function="Echo",
        handler="tests.local.echo.handler",
        environment={"ECHO": "from the template", "FRONTDESK_ELSEWHERE": None},
        timeout_s=3,
        memory_mb=512,
    )


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    log = tmp_path_factory.mktemp("gateway") / "log"
    with child.listen() as listening, log.open("wb") as output:
        made = Gateway(listening, lambda: map(route, PATHS), {}, workers=1, log=output)
        made.start()
        yield made
        made.stop()


def telling(name: str, environment: dict[str, str | None]) -> Route:
    return Route(
        method="GET",
        path=f"/{name}",
        function=name,
        handler="tests.local.two_functions.handler",
        environment=environment,
        timeout_s=3,
        memory_mb=512,
    )


def test_functions_of_one_worker_have_their_own_variables(tmp_path: Path) -> None:
    routes = [telling("first", {"OWN": "first's"}), telling("second", {"FRONTDESK_QUEUE_URL": "second's"})]
    with child.listen() as listening, (tmp_path / "log").open("wb") as output:
        made = Gateway(listening, lambda: routes, {}, workers=1, log=output)
        made.start()
        with httpx.Client(base_url=made.url) as http:
            seen = [http.get(path).json() for path in ("/first", "/second", "/first")]
        made.stop()

    first, second = {"own": "first's", "queue": None}, {"own": None, "queue": "second's"}
    assert seen == [first, second, first]


@pytest.fixture
def http(gateway: Gateway) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=gateway.url) as client:
        yield client


def test_a_function_gets_its_environment_and_a_lambda_context(http: httpx.Client) -> None:
    seen = http.post("/vapi/tools/echo", json={}).json()

    assert seen["environment"] == "from the template"
    assert seen["function"] == "Echo"
    assert 0 < seen["left_ms"] <= 3000


@pytest.mark.parametrize(
    ("method", "path", "route_key", "parameters"),
    [
        ("GET", "/documents/7", "GET /documents/{id}", {"id": "7"}),
        ("GET", "/documents/mine", "GET /documents/mine", None),
        ("DELETE", "/documents/a%20b", "DELETE /documents/{id}", {"id": "a b"}),
        ("PUT", "/pages/a/b", "ANY /pages/{proxy+}", {"proxy": "a/b"}),
    ],
)
def test_a_request_takes_the_most_exact_route(
    http: httpx.Client, method: str, path: str, route_key: str, parameters: dict[str, str] | None
) -> None:
    seen = http.request(method, path).json()

    assert (seen["route"], seen["parameters"]) == (route_key, parameters)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/vapi/tools/echo"), ("POST", "/vapi/tools/nobody"), ("GET", "/documents/7/8")],
)
def test_an_unknown_route_is_api_gateways_404(http: httpx.Client, method: str, path: str) -> None:
    response = http.request(method, path)

    assert (response.status_code, response.text) == (404, '{"message":"Not Found"}')


def test_a_body_over_the_limit_is_refused(http: httpx.Client) -> None:
    largest = http.post("/vapi/tools/echo", content=b"x" * LARGEST_PAYLOAD)
    larger = http.post("/vapi/tools/echo", content=b"x" * (LARGEST_PAYLOAD + 1))

    assert (largest.status_code, larger.status_code) == (200, 413)


def test_what_a_function_raises_is_a_500_that_says_nothing_of_it(http: httpx.Client) -> None:
    response = http.post("/vapi/tools/echo", content="raise", headers=TEXT)

    assert (response.status_code, response.text) == (500, '{"message":"Internal Server Error"}')
    assert http.post("/vapi/tools/echo").status_code == 200


def test_a_new_start_puts_new_workers_in_place_of_the_old(gateway: Gateway, http: httpx.Client) -> None:
    before = http.get("/documents/7").json()["pid"]

    gateway.start()

    assert http.get("/documents/7").json()["pid"] != before
    assert not psutil.pid_exists(before)


def test_edits_and_dead_workers_are_noticed(gateway: Gateway, http: httpx.Client, tmp_path: Path) -> None:
    with pytest.raises(httpx.HTTPError):
        http.post("/vapi/tools/echo", content="die", headers=TEXT)

    assert next(iter(gateway.changes(tmp_path))) == "a worker died"
    gateway.start()

    later = threading.Timer(0.5, (tmp_path / "tool.py").touch)
    later.start()
    assert next(iter(gateway.changes(tmp_path))) == "edited: tool.py"
    later.join()


def test_workers_die_with_a_parent_that_is_killed() -> None:
    program = (
        "import json, os, psutil, signal; from local import child; from local.gateway import Gateway\n"
        "gateway = Gateway(child.listen(), list, {}); gateway.start()\n"
        "print(json.dumps([p.pid for p in psutil.Process().children()]), flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, check=False)
    workers: list[int] = json.loads(done.stdout)

    assert len(workers) == 2
    deadline = time.monotonic() + 20
    while any(psutil.pid_exists(pid) for pid in workers):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_taken_port_is_said_in_one_line() -> None:
    with child.listen() as listening, pytest.raises(ChildFailed, match="choose another with --port"):
        child.listen(listening.getsockname()[1])
