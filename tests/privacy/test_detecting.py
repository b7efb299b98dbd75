# botocore has no types
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
"""DetectPHI as a second opinion, answered by botocore's Stubber; a failure leaves what the rules said."""

import boto3  # pyright: ignore[reportMissingTypeStubs]
import pytest
from botocore.stub import Stubber  # pyright: ignore[reportMissingTypeStubs]

from frontdesk.privacy.detecting import ComprehendMedical
from frontdesk.privacy.redaction import Known, Redactor

MODEL = {"ModelVersion": "0"}
TEXT = "Oliver said Dr. Chen is free on March 5th"


def _entity(text: str, kind: str, score: float = 0.99) -> dict[str, object]:
    begin = TEXT.index(text)
    return {"Type": kind, "Score": score, "BeginOffset": begin, "EndOffset": begin + len(text), "Text": text}


@pytest.fixture
def stubbed() -> tuple[ComprehendMedical, Stubber]:
    client = boto3.client(  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        "comprehendmedical", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    return ComprehendMedical(client), Stubber(client)


def test_it_takes_the_name_that_no_rule_finds_and_leaves_the_doctor_and_the_date(
    stubbed: tuple[ComprehendMedical, Stubber],
) -> None:
    detector, stub = stubbed
    entities = [_entity("Oliver", "NAME"), _entity("Chen", "NAME"), _entity("March 5th", "DATE")]
    stub.add_response("detect_phi", {"Entities": entities, **MODEL}, {"Text": TEXT})
    with stub:
        redactor = Redactor(Known(providers=("Dr. Wei Chen",)), detector=detector)
        assert redactor.redact(TEXT) == "[NAME] said Dr. Chen is free on March 5th"


def test_what_it_is_not_sure_of_stays(stubbed: tuple[ComprehendMedical, Stubber]) -> None:
    detector, stub = stubbed
    stub.add_response("detect_phi", {"Entities": [_entity("Oliver", "NAME", 0.3)], **MODEL}, {"Text": TEXT})
    with stub:
        assert detector.detect(TEXT) == []


def test_a_failure_leaves_the_rules_answer_and_is_counted(
    stubbed: tuple[ComprehendMedical, Stubber], capsys: pytest.CaptureFixture[str]
) -> None:
    detector, stub = stubbed
    stub.add_client_error("detect_phi", "ThrottlingException")
    with stub:
        assert Redactor(detector=detector).redact("call 604 555 0123") == "call [PHONE]"
    assert "PhiDetectionFailed" in capsys.readouterr().out


def test_a_long_text_goes_in_parts_below_the_limit(stubbed: tuple[ComprehendMedical, Stubber]) -> None:
    detector, stub = stubbed
    line = "a" * 4000 + "\n"
    for begin in range(3):
        where = {"BeginOffset": 5, "EndOffset": 9, "Score": 0.9, "Type": "NAME", "Text": "aaaa"}
        stub.add_response("detect_phi", {"Entities": [where], **MODEL}, {"Text": line})
        assert begin < 3
    with stub:
        assert [begin for begin, _, _ in detector.detect(line * 3)] == [5, 4006, 8007]
