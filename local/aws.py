"""AWS on this machine: the template's bus, rules, queues and buckets in a server of moto's.

The server stores and routes; it calls no function. That is `local.queues`'s, for each queue that feeds one.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import IO, Any, Final
from urllib.parse import urlsplit

from infra.routes import Template, resources, sources, told, with_references
from local.child import Child, address, listen

REGION: Final = "ca-central-1"
"""Any would do, as long as clients and server mean the same."""
ACCOUNT: Final = "123456789012"
"""Whose everything is in moto."""
CALENDARS_KEY: Final = "00000000-0000-4000-8000-00000000ca1e"
"""The key's id in moto."""
MAIL_FROM: Final = "frontdesk@clinic.example"
"""Who clinics are mailed by; moto keeps what is mailed and texted, and delivers nothing."""
_TIMEOUT_S: Final = 30
_KNOWN: Final = {"account": ACCOUNT, "region": REGION, "mail_from": MAIL_FROM}
"""What SES has proven before anybody asks."""
_KINDS: Final = ("AWS::SQS::Queue", "AWS::Events::EventBus", "AWS::Events::Rule", "AWS::S3::Bucket")
_SERVICES: Final = {"AmazonSQS": "sqs", "AWSEvents": "events", "secretsmanager": "secretsmanager"}


class Aws:
    """The server, once something of the template needs it; before that, only its address."""

    def __init__(self, log: IO[bytes] | None = None, calendars_key: str = "") -> None:
        """`calendars_key` is what the key of calendars' tokens is made of, so that it outlives the server."""
        self._calendars_key = calendars_key
        self._listening = listen()
        self._log = log
        self._server: Child | None = None
        self._made: object = None

    @property
    def environment(self) -> dict[str, str]:
        """By what functions find it in AWS's place."""
        return {
            "AWS_ENDPOINT_URL": address(self._listening),
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "FRONTDESK_MAIL_FROM": MAIL_FROM,
            "FRONTDESK_CALENDARS_KEY_ARN": CALENDARS_KEY,
            "FRONTDESK_ORIGINALS_KEY_ARN": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/originals",
            "NO_PROXY": self._listening.getsockname()[0],
        }

    def hold(self, template: Template) -> Template:
        """Makes what the template has and isn't there; the template, with where queues and buckets are."""
        if not _needs(template):
            return template
        if self._server is None:
            known = _KNOWN | {"calendars_key": self._calendars_key, "calendars_key_id": CALENDARS_KEY}
            self._server = Child("local.moto_server", self._listening, known, log=self._log)
            self._server.wait_until_ready()
        url = address(self._listening)
        made = [resources(template, kind) for kind in _KINDS]
        if made != self._made:
            _make(url, *made)
            self._made = made
        known = {name: queue_url(url, name) for name in made[0]}
        return with_references(template, known | {name: bucket_name(name) for name in made[3]})

    def stop(self) -> None:
        """Ends the server; what was in it is gone."""
        if self._server is not None:
            self._server.stop()
        self._listening.close()


def queue_url(endpoint: str, queue: str) -> str:
    """The URL of a queue by its logical id, which is its name here."""
    return f"{endpoint}/{ACCOUNT}/{queue[-80:]}"


def bucket_name(bucket: str) -> str:
    """The name of a bucket here, by its logical id."""
    return bucket.lower()[-63:]


class Refused(Exception):
    """The server answered, and not with what was asked."""


def ask(endpoint: str, operation: str, asked: Mapping[str, Any], *, path: str = "/") -> Any:
    """The answer to `AmazonSQS.SendMessage` and the like. Raises `Refused`, or `OSError` without an answer.

    Neither boto3 nor httpx, for which every process that asks would be waited for.
    """
    headers = _headers(_SERVICES[operation.partition(".")[0]])
    headers |= {"x-amz-target": operation, "content-type": "application/x-amz-json-1.0"}
    body = _request(endpoint, "POST", path, json.dumps(asked), headers)
    return json.loads(body) if body else {}


def send(queue_url: str, message: Mapping[str, Any]) -> None:
    """Puts a message into a queue. Raises as `ask`."""
    sent = {"QueueUrl": queue_url, "MessageBody": json.dumps(message)}
    ask(queue_url, "AmazonSQS.SendMessage", sent, path=urlsplit(queue_url).path)


def _headers(service: str) -> dict[str, str]:
    # moto believes everybody, and reads from here which service is meant.
    who = f"AWS4-HMAC-SHA256 Credential=local/20260101/{REGION}/{service}/aws4_request"
    return {"authorization": who}


def _request(endpoint: str, method: str, path: str, body: str, headers: Mapping[str, str]) -> bytes:
    server = HTTPConnection(urlsplit(endpoint).netloc, timeout=_TIMEOUT_S)
    try:
        server.request(method, path, body, dict(headers))
        answer = server.getresponse()
        said = answer.read()
    except HTTPException as failed:
        raise ConnectionError(repr(failed)) from failed
    finally:
        server.close()
    if answer.status != HTTPStatus.OK:
        raise Refused(said.decode(errors="replace"))
    return said


def _needs(template: Template) -> bool:
    functions = resources(template, "AWS::Lambda::Function").values()
    told = [made["Properties"].get("Environment", {}).get("Variables", {}) for made in functions]
    return bool(sources(template)) or any("FRONTDESK_EVENT_BUS" in variables for variables in told)


def _make(
    endpoint: str,
    queues: Mapping[str, Any],
    buses: Mapping[str, Any],
    rules: Mapping[str, Any],
    buckets: Mapping[str, Any],
) -> None:
    for name, made in sorted(queues.items(), key=lambda one: "RedrivePolicy" in one[1]["Properties"]):
        url = queue_url(endpoint, name)
        _create(endpoint, "AmazonSQS.CreateQueue", {"QueueName": name[-80:]})
        attributes = _attributes(made["Properties"])
        ask(endpoint, "AmazonSQS.SetQueueAttributes", {"QueueUrl": url, "Attributes": attributes})
    for made in buses.values():
        _create(endpoint, "AWSEvents.CreateEventBus", {"Name": made["Properties"]["Name"]})
    named = {name: bucket_name(name) for name in buckets}
    for name, made in rules.items():
        properties = made["Properties"]
        # The account's own bus is there already; S3 raises its events on that.
        bus = properties.get("EventBusName")
        rule = {"EventBusName": buses[bus["Ref"]]["Properties"]["Name"]} if bus else {}
        pattern = json.dumps(told(properties["EventPattern"], named))
        ask(endpoint, "AWSEvents.PutRule", rule | {"Name": name[-64:], "EventPattern": pattern})
        targets = [{"Id": one["Id"], "Arn": _arn(one["Arn"])} for one in properties["Targets"]]
        ask(endpoint, "AWSEvents.PutTargets", rule | {"Rule": name[-64:], "Targets": targets})

    for name in named.values():
        _make_bucket(endpoint, name)


def _make_bucket(endpoint: str, name: str) -> None:
    """S3 speaks no JSON; one that is there already is as good. What is put into it is told to EventBridge."""
    where = f"<LocationConstraint>{REGION}</LocationConstraint>"
    where = f"<CreateBucketConfiguration>{where}</CreateBucketConfiguration>"
    with suppress(Refused):
        _request(endpoint, "PUT", f"/{name}", where, _headers("s3"))
    told_of = "<EventBridgeConfiguration></EventBridgeConfiguration>"
    told_of = f"<NotificationConfiguration>{told_of}</NotificationConfiguration>"
    _request(endpoint, "PUT", f"/{name}?notification", told_of, _headers("s3"))


def _create(endpoint: str, operation: str, asked: Mapping[str, Any]) -> None:
    """Creates what isn't there; what is stays, perhaps with other attributes."""
    with suppress(Refused):
        ask(endpoint, operation, asked)


def _attributes(properties: Mapping[str, Any]) -> dict[str, str]:
    """What SQS is told of a queue, from what CloudFormation is told."""
    told = {
        name: str(properties[name])
        for name in ("VisibilityTimeout", "MessageRetentionPeriod")
        if name in properties
    }
    if redrive := properties.get("RedrivePolicy"):
        policy = {**redrive, "deadLetterTargetArn": _arn(redrive["deadLetterTargetArn"])}
        told["RedrivePolicy"] = json.dumps(policy)
    return told


def _arn(reference: Mapping[str, Any]) -> str:
    """Of the queue in `{"Fn::GetAtt": [ID, "Arn"]}`."""
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{reference['Fn::GetAtt'][0][-80:]}"
