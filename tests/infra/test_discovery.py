"""What a definition on disk may not say."""

import subprocess
import sys
from datetime import timedelta

import pytest

from frontdesk.trigger import Queue, Schedule


@pytest.mark.parametrize("seconds", [0, 30, 59, 61, 90, -60])
def test_a_schedule_goes_by_whole_minutes(seconds: int) -> None:
    with pytest.raises(ValueError, match="whole minutes"):
        Schedule(every=timedelta(seconds=seconds))


def test_what_infrastructure_reads_of_an_endpoint_imports_neither_aws_nor_sql_nor_http() -> None:
    heavy = "{'psycopg', 'httpx', 'boto3', 'aws_lambda_powertools', 'phonenumbers'}"
    ask = f"import sys; from infra import discovery; discovery.endpoints(); print({heavy} & set(sys.modules))"

    told = subprocess.run([sys.executable, "-c", ask], check=True, capture_output=True, text=True).stdout

    assert told.strip() == "set()"


@pytest.mark.parametrize(
    ("asked", "refused"),
    [
        ({"batch_size": 0}, "1 to 10 messages"),
        ({"batch_size": 11}, "1 to 10 messages"),
        ({"max_concurrency": 1}, "2 to 1000 calls"),
        ({"max_concurrency": 1001}, "2 to 1000 calls"),
        ({"timeout_s": 0}, "1 to 900 s"),
        ({"timeout_s": 901}, "1 to 900 s"),
    ],
)
def test_a_queue_keeps_lambdas_limits(asked: dict[str, int], refused: str) -> None:
    with pytest.raises(ValueError, match=refused):
        Queue(**asked)  # pyright: ignore[reportArgumentType] - numbers, all of them
