"""The benchmarks compare like with like: nobody beside us is measured doing less, or more."""

import importlib
import json
from functools import partial
from typing import Any

import psycopg
import pytest

from benchmarks import bare_sql, clinic, in_function, tool_latency, traffic
from tests.clinic import SECRET
from tests.conftest import Database


@pytest.mark.parametrize("tool", traffic.TOOLS)
def test_the_bare_client_sends_what_the_handler_sends(
    tool: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    *by_handler, by_bare = traffic.asked(tool, clinic.seed(database.owner_url), 5, at_once=5, seed=1)
    handler = importlib.import_module(f"functions.tools.{tool}.handler").handler
    sent: list[str] = []
    ours: list[list[str]] = []
    execute = psycopg.Cursor.execute

    def recorded(self: Any, query: Any, *args: Any, **options: Any) -> Any:
        trip = getattr(self.connection, "_pipeline", None)
        sent.append(f"{'together: ' if trip else ''}{' '.join(query.decode().split())}")
        return execute(self, query, *args, **options)

    with bare_sql.connect(database.app_url) as connection:
        monkeypatch.setattr(psycopg.Cursor, "execute", recorded)
        for one in by_handler:
            answer = handler(in_function.event(one, SECRET), in_function.Context())
            assert traffic.PROOFS[tool] in json.loads(answer["body"])["results"][0]["result"]
            # Once each: the finder may look at further weeks, which the bare client is spared.
            ours.append(list(dict.fromkeys(sent)))
            sent.clear()
        bare_sql.ask(connection, by_bare)

    # The longest: of offers that only one doctor has free the finder need not share out any.
    assert sent == max(ours, key=len)


def test_the_service_that_is_compared_with_answers_as_the_handlers_do(database: Database) -> None:
    made = clinic.seed(database.owner_url)

    def by_handler(one: traffic.Asked) -> bytes:
        handler = importlib.import_module(f"functions.tools.{one.tool}.handler").handler
        return handler(in_function.event(one, SECRET), in_function.Context())["body"].encode()

    with tool_latency.fastapi_service(database.app_url, SECRET) as service:
        tool_latency.same_answers(
            by_handler,
            partial(tool_latency.post, service),
            made,
            lambda: clinic.forget(database.owner_url),
        )
