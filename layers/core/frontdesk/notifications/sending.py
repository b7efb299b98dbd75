"""Sends what callers agreed to be texted, by SNS: each is marked before, so none is knowingly sent twice.

SNS has no key by which a second request could be told from the first. So one whose answer got lost is left
alone (`sending`), and only what SNS itself says it didn't take is tried again.
"""

from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from botocore.exceptions import (  # pyright: ignore[reportMissingTypeStubs]
    ConnectTimeoutError,
    EndpointConnectionError,
)

from frontdesk import aws, zones
from frontdesk.db import queries
from frontdesk.db.transaction import Transaction
from frontdesk.logs import described, logger
from frontdesk.speech import sentences, written
from frontdesk.speech.language import Language

_SQL: Final = queries.beside(__file__)
_PATIENCE: Final = timedelta(hours=1)
"""A text that can't be sent for so long is not wanted any more."""
_PAUSE: Final = timedelta(seconds=50)
"""Between two tries of one text: less than from one run to the next."""
_HEALED_BY_WAITING: Final = frozenset(
    {
        "Throttled",
        "Throttling",
        "ThrottledException",
        "ThrottlingException",
        "InternalError",
        "ServiceUnavailable",
    }
)
_NOT_ARRIVED: Final = (ConnectTimeoutError, EndpointConnectionError)


class _Clinic(NamedTuple):
    org_id: UUID


class _Text(NamedTuple):
    id: int
    language: Language
    name: str
    name_zh: str | None
    time_zone: str
    texts_enabled: bool
    number: str | None
    """None where the number of the call isn't the one on the file any more."""
    starts_at: datetime | None
    visit_status: str | None
    is_to_come: bool | None
    is_late: bool

    @property
    def words(self) -> str | None:
        """What is true by now; None where there is nothing to say."""
        if not (self.texts_enabled and self.is_to_come and self.starts_at and self.visit_status):
            return None
        said = sentences.TEXTS.get(self.visit_status)
        when = written.say_when(self.starts_at.astimezone(zones.zone(self.time_zone)), self.language)
        clinic = self.name_zh or self.name if self.language == "zh" else self.name
        return said and said.say(self.language, clinic=clinic, when=when)


class _Outcome(NamedTuple):
    status: str
    message_id: str | None = None
    failure: str | None = None


def clinics(db: Transaction) -> list[UUID]:
    """Those that have a text to send; the directory's answer."""
    return [clinic.org_id for clinic in db.all(_Clinic, _SQL["clinics_with_texts"])]


def send_one(db: Transaction) -> str | None:
    """What became of the clinic's oldest text that waits; None where none does."""
    text = db.one(_Text, _SQL["begin_text"], pause=_PAUSE, patience=_PATIENCE)
    if text is None:
        return None
    came = _Outcome("dropped")
    if text.is_late:
        came = _Outcome("failed", failure="too late")
    elif text.number and (words := text.words):
        with db.released():
            lost = _sent(text.number, words)
        if lost is None:
            return "sending"
        came = lost
    db.run(_SQL["settle_text"], id=text.id, **came._asdict())
    return came.status


def _sent(number: str, words: str) -> _Outcome | None:
    """What SNS answered; None when its answer got lost, so that nobody knows."""
    sns = aws.client("sns")
    try:
        if sns.check_if_phone_number_is_opted_out(phoneNumber=number)["isOptedOut"]:
            return _Outcome("opted_out")
    except aws.FAILED as failed:
        logger.warning("a text waits", extra=described(failed))
        return _Outcome("waiting", failure=type(failed).__name__)
    try:
        answer: dict[str, Any] = sns.publish(
            PhoneNumber=number,
            Message=words,
            MessageAttributes={"AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"}},
        )
    except aws.ClientError as refused:
        # Not the message: it may name the number.
        code = aws.code_of(refused)
        logger.warning("a text was refused", extra={"why": code})
        if code in ("OptedOut", "OptedOutException"):
            return _Outcome("opted_out")
        return _Outcome("waiting" if code in _HEALED_BY_WAITING else "failed", failure=code)
    except _NOT_ARRIVED as failed:
        logger.warning("a text waits", extra=described(failed))
        return _Outcome("waiting", failure=type(failed).__name__)
    except aws.FAILED as failed:
        logger.error("nobody knows whether a text was sent", extra=described(failed))
        return None
    return _Outcome("sent", message_id=answer["MessageId"])
