"""What stands beside Postgres: queues, and the servers of others, real ones or stand-ins."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from botocore.exceptions import BotoCoreError, ClientError  # pyright: ignore[reportMissingTypeStubs]

from cli.doctor.finding import Finding, State, unknown, well
from cli.doctor.place import Place
from cli.doctor.questions import EXAMPLES
from frontdesk.settings import Settings

_QUEUES, _SERVICES = "queues", "services"
_OLD_S: Final = 900
"""Older than a message gets by four tries and a lease that has to run out."""
_MANY: Final = 500
"""Messages that wait, where nobody can say for how long."""
_PATIENCE_S: Final = 5
_REDRIVE: Final = (
    'see why (`reason` beside each, and the log), then SQS\'s "start DLQ redrive" (docs/deploying.md)'
)


def queues(place: Place) -> Iterator[Finding]:
    """How much waits, for how long, and what was given up."""
    try:
        found = _queues(place)
        ages = _ages(place, [name for name, told in found.items() if "RedrivePolicy" in told])
    except (BotoCoreError, ClientError) as failed:
        yield unknown(
            _QUEUES,
            "reachable",
            _why(failed),
            "credentials of the stage's account in the shell; here: `frontdesk dev`",
        )
        return
    if not found:
        yield Finding(_QUEUES, "reachable", State.FAIL, "there are none", "deploy the stage")
        return
    waiting = {
        name: int(told["ApproximateNumberOfMessages"])
        for name, told in found.items()
        if "RedrivePolicy" in told
    }
    buried = {
        name: int(told["ApproximateNumberOfMessages"])
        for name, told in found.items()
        if "RedrivePolicy" not in told
    }
    late = [f"{name}: {age:.0f} s" for name, age in ages.items() if age > _OLD_S]
    late += [f"{name}: {count}" for name, count in waiting.items() if name not in ages and count > _MANY]
    if late:
        yield Finding(
            _QUEUES,
            "waiting",
            State.FAIL,
            f"{len(late)} of {len(waiting)} queues are late",
            "see the log of the function that each feeds, and its throttles",
            tuple(late[:EXAMPLES]),
        )
    else:
        oldest = f"the oldest for {max(ages.values()):.0f} s" if ages else "for how long, nobody here says"
        yield well(_QUEUES, "waiting", f"{sum(waiting.values())} messages in {len(waiting)} queues, {oldest}")
    full = [f"{name}: {count}" for name, count in buried.items() if count]
    if full:
        yield Finding(
            _QUEUES,
            "dead letters",
            State.FAIL,
            f"{sum(buried.values())} messages were given up",
            _REDRIVE,
            tuple(full[:EXAMPLES]),
        )
    else:
        yield well(_QUEUES, "dead letters", "none")


def services(place: Place) -> Iterator[Finding]:
    """Whether each answers; what needs no proof of ours is asked without any."""
    if place.stack is not None:
        yield _api(place.stack.api_url)
    yield _vapi(place)
    if place.stack is not None:
        for name, url in {**place.stack.calendar_urls, **place.stack.emr_urls}.items():
            yield _answers(name, url, "stand-in")
        return
    real = Settings()
    for name, url in (("google", real.google_api_url), ("outlook", real.graph_api_url)):
        yield _answers(name, url, "the real one, from here")


def _queues(place: Place) -> dict[str, dict[str, str]]:
    sqs = place.client("sqs")
    prefix = {} if place.stack is not None else {"QueueNamePrefix": f"frontdesk-{place.stage}-"}
    pages = sqs.get_paginator("list_queues").paginate(**prefix)
    urls = [url for page in pages for url in page.get("QueueUrls", [])]
    asked = {"AttributeNames": ["ApproximateNumberOfMessages", "RedrivePolicy"]}
    return {
        url.rpartition("/")[2]: sqs.get_queue_attributes(QueueUrl=url, **asked)["Attributes"] for url in urls
    }


def _ages(place: Place, names: list[str]) -> dict[str, float]:
    """Seconds that the oldest message of each has waited, by CloudWatch, which the stack here has none of."""
    if place.stack is not None or not names:
        return {}
    now = datetime.now(UTC)
    asked: list[dict[str, Any]] = [
        {
            "Id": f"q{nth}",
            "Label": name,
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/SQS",
                    "MetricName": "ApproximateAgeOfOldestMessage",
                    "Dimensions": [{"Name": "QueueName", "Value": name}],
                },
                "Period": 60,
                "Stat": "Maximum",
            },
        }
        for nth, name in enumerate(names)
    ]
    told = place.client("cloudwatch").get_metric_data(
        MetricDataQueries=asked,
        StartTime=now - timedelta(minutes=10),
        EndTime=now,
        ScanBy="TimestampDescending",
    )
    return {one["Label"]: one["Values"][0] if one["Values"] else 0.0 for one in told["MetricDataResults"]}


def _api(url: str) -> Finding:
    try:
        status = httpx.post(
            f"{url}/vapi/tools/get_clinic_info", content=b"{}", timeout=_PATIENCE_S
        ).status_code
    except httpx.HTTPError as failed:
        return Finding(_SERVICES, "api", State.FAIL, type(failed).__name__, "`frontdesk dev` again")
    if status == 401:
        return well(_SERVICES, "api", "answers, and nobody without proof")
    return Finding(
        _SERVICES, "api", State.FAIL, f"answers {status} to who proves nothing", "401 is right; see its log"
    )


def _vapi(place: Place) -> Finding:
    what = "stand-in" if place.stack is not None else f"the real one, {urlsplit(place.vapi_url).hostname}"
    if place.vapi_key is None:
        return unknown(_SERVICES, "vapi", f"{what}, was not asked", "set VAPI_PRIVATE_KEY")
    try:
        answer = httpx.get(
            f"{place.vapi_url}/assistant",
            params={"limit": 1},
            headers={"authorization": f"Bearer {place.vapi_key}"},
            timeout=_PATIENCE_S,
        )
    except httpx.HTTPError as failed:
        return Finding(
            _SERVICES,
            "vapi",
            State.FAIL,
            f"{what}: {type(failed).__name__}",
            "see status.vapi.ai; here: `frontdesk dev` again",
        )
    if answer.is_success:
        return well(_SERVICES, "vapi", f"{what}, knows our key")
    return Finding(
        _SERVICES,
        "vapi",
        State.FAIL,
        f"{what}: {answer.status_code}",
        "401: the key is no private key of the account",
    )


def _answers(name: str, url: str, what: str) -> Finding:
    try:
        status = httpx.get(url, timeout=_PATIENCE_S).status_code
    except httpx.HTTPError as failed:
        return Finding(
            _SERVICES,
            name,
            State.WARN,
            f"{what}: {type(failed).__name__}",
            "is it up, and is it reached from here?",
        )
    if status >= 500:
        return Finding(
            _SERVICES,
            name,
            State.WARN,
            f"{what}: {status}",
            "it is there and fails; wait, or see its own status",
        )
    return well(_SERVICES, name, f"{what}, answers")


def _why(failed: BotoCoreError | ClientError) -> str:
    told = getattr(failed, "response", {}).get("Error", {}).get("Code")
    return told or type(failed).__name__


def secret_text(place: Place, arn: str) -> str:
    """A secret, which nobody prints. Raises boto's own errors."""
    return place.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]


def holds_something(text: str) -> bool:
    """Whether a secret's text is a word, or JSON in which any list has one."""
    try:
        told = json.loads(text)
    except ValueError:
        return bool(text.strip())
    if isinstance(told, dict):
        return any(any(one) if isinstance(one, list) else bool(one) for one in told.values())  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return bool(told)
