"""The rights that can't be kept to one resource, each with its reason."""

from typing import Final

JOIN_VPC: Final = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
)
TEXT: Final = ("sns:CheckIfPhoneNumberIsOptedOut", "sns:Publish")
TRACE: Final = ("xray:PutTelemetryRecords", "xray:PutTraceSegments")
UNSCOPABLE: Final = {
    **dict.fromkeys(
        JOIN_VPC,
        "Lambda checks the right to join a VPC against every resource, before any exists; code has it not.",
    ),
    **dict.fromkeys(TEXT, "A telephone number is no resource; topics, which are, are denied beside it."),
    **dict.fromkeys(TRACE, "X-Ray knows no resource to write to."),
}
"""Every action granted on `*`, and why it can't be on less; a test holds the template to this list."""
