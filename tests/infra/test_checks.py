"""What becomes of a rule pack's finding."""

import pytest

from infra.acknowledged import ACKNOWLEDGED, Left
from infra.checks import Found, findings, judged


def test_a_finding_that_nobody_acknowledged_is_open() -> None:
    report = {
        "pluginReports": [
            {
                "violations": [
                    {
                        "ruleName": "AwsSolutions-IAM5[Action::s3:*]",
                        "violatingConstructs": [
                            {"constructPath": "frontdesk-dev-work/Queues/x/Role/DefaultPolicy"}
                        ],
                    }
                ]
            }
        ]
    }

    [found] = findings(report)
    open_, left = judged([found])

    assert found == Found("AwsSolutions-IAM5", "Action::s3:*", "work/Queues/x/Role/DefaultPolicy")
    assert (open_, list(left)) == ([found], [])


def test_one_that_is_acknowledged_is_counted_for_its_row() -> None:
    ours = Found("AwsSolutions-COG2", "", "base/MemberPool/Pool/Resource")

    open_, left = judged([ours, ours])

    assert open_ == []
    [(row, count)] = left.items()
    assert (row.rules, count) == (("AwsSolutions-COG2",), 2)


@pytest.mark.parametrize("row", ACKNOWLEDGED, ids=lambda row: row.rules[0])
def test_a_reason_says_more_than_that_there_is_one(row: Left) -> None:
    assert len(row.because.split()) >= 10
