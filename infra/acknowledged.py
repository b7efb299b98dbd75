"""What the rule packs find and we leave, each with the reason that an auditor is owed.

A row is about a rule, and about the constructs whose path below their stack matches. One that matches
nothing any more fails the check, as a finding without a row does (`infra.checks`).
"""

from typing import Final, NamedTuple


class Left(NamedTuple):
    """Findings of some rules, left for one reason."""

    rules: tuple[str, ...]
    where: str
    """A pattern that the whole path matches, from the stack's part of its name on: `calls/Tools/.*`."""
    because: str
    about: str = ""
    """A pattern for what stands in brackets behind a rule's name: a resource, a policy."""


ACKNOWLEDGED: Final = (
    Left(
        ("AwsSolutions-APIG4",),
        r"calls/.*",
        "Vapi proves itself by an HMAC over the raw body, which an authorizer never sees: the function"
        " checks it before it reads anything else (frontdesk.vapi.origin), and answers 401.",
    ),
    Left(
        ("AwsSolutions-APIG4",),
        r"members/Members/(calendars-callback|calendars-hints|emr-keys)/.*",
        "Browsers that a vendor sent back prove themselves by the state in the query, vendors' hints by"
        " the secret of their channel; our public keys are public. None has a member's token.",
    ),
    Left(
        ("AwsSolutions-APIG4",),
        r"console/Console/console-\w+/.*",
        "Pages are asked by browsers, which send a cookie: an authorizer of the API reads a header alone. The"
        " function proves the token in it as the member API does, before anything else; who has none"
        " finds the door, which shows how to sign in.",
    ),
    Left(
        ("AwsSolutions-COG2",),
        r"base/MemberPool/Pool/.*",
        "A second factor is offered and not forced, for a receptionist may have no telephone of their own"
        " at work. Threat protection refuses leaked passwords and asks more of risky sign-ins.",
    ),
    Left(
        ("AwsSolutions-IAM4",),
        r"calls/.*/Release/ServiceRole/.*|base/Database/Cluster/MonitoringRole/.*",
        "AWS's own roles for CodeDeploy with Lambda, and for the monitoring of RDS: each may do what its"
        " service documents, follows the service's changes, and is assumed by that service alone.",
        about=r"Policy::.*/service-role/(AWSCodeDeployRoleForLambdaLimited|AmazonRDSEnhancedMonitoringRole)",
    ),
    Left(
        ("AwsSolutions-IAM5",),
        r".*/Role/DefaultPolicy/.*",
        "Only the actions of infra.rights stand on `*`, each with its reason there: Lambda checks the"
        " right to join a network against every resource, X-Ray and the texting of numbers know no"
        " resource.",
        about=r"Resource::\*",
    ),
    Left(
        ("AwsSolutions-IAM5",),
        r"(work|calls|members|console)/.*/Role/DefaultPolicy/.*",
        "Objects have names made of ids, so what is granted is a folder of the one bucket, one action each.",
        about=r"Resource::.*StoreBucket.*Arn.*/(documents|entries|messages|originals|recordings)/\*",
    ),
    Left(
        ("AwsSolutions-IAM5",),
        r"work/(Invoked/emr-(ask|connect)|Queues/emr-sync)/Role/DefaultPolicy/.*",
        "Clinics' logins at their EMRs come and go with clinics; the folder has nothing else.",
        about=r"Resource::.*:secret:frontdesk/(dev|prod)/emr/\*",
    ),
    Left(
        ("AwsSolutions-IAM5",),
        r"work/Schedules/.*/Schedule/.*|work/Schedules/.*/Function/.*|work/SchedulerRoleForTarget.*",
        "A clock may call one function, in whichever version: the star stands behind that function's own"
        " ARN.",
        about=r"Resource::<Schedules\w+\.Arn>:\*",
    ),
    Left(
        ("AwsSolutions-L1", "Serverless-LambdaLatestVersion"),
        r".*/Function/.*",
        "Bytecode is compiled by the very minor version that runs it, and 3.13 is the newest that the"
        " build has. AWS supports it until 2029.",
    ),
    Left(
        ("HIPAA.Security-S3DefaultEncryptionKMS",),
        r"base/Store/Seen/.*",
        "S3 delivers its access log to buckets with its own key alone. The log has names of objects, which"
        " are ids, and nobody's words.",
    ),
    Left(
        ("HIPAA.Security-S3BucketVersioningEnabled",),
        r"base/Store/Seen/.*",
        "S3 alone writes there, and never the same name twice.",
    ),
    Left(
        ("HIPAA.Security-S3BucketReplicationEnabled",),
        r"base/Store/(Bucket|Seen)/.*",
        "Patients' data stay in one region of Canada, and what is erased must be gone: a copy elsewhere"
        " would be another place to erase. S3 keeps each object in three zones.",
    ),
    Left(
        ("AwsSolutions-SMG4", "HIPAA.Security-SecretsManagerRotationEnabled"),
        r"base/(VapiSecrets|MemberSecrets|VapiKey|Calendars/(Google|Microsoft))/.*",
        "The other half of each lies with somebody else (Vapi, an issuer, Google, Microsoft), who has no"
        " API to change it by. Operators rotate them, two at a time where it must not be noticed"
        " (docs/security.md). The database's own secret, which can be, is rotated by RDS each week.",
    ),
    Left(
        ("AwsSolutions-SQS3", "Serverless-SQSRedrivePolicy"),
        r"work/Queues/.*/DeadLetters/.*",
        "They are the dead-letter queues, of the queue beside each and of the rules that feed it.",
    ),
    Left(
        ("Serverless-LambdaEventSourceMappingDestination",),
        r"work/Queues/.*/SqsEventSource:.*",
        "A failure destination is for streams. What a queue's function can't do goes to the queue's own"
        " dead letters.",
    ),
    Left(
        ("HIPAA.Security-LambdaDLQ", "Serverless-LambdaDLQ", "Serverless-LambdaAsyncFailureDestination"),
        r"work/Schedules/.*/Function/.*",
        "What a clock's run would have done the next one does, so a failed one is nothing to keep: it"
        " carries no data. Its errors have an alarm.",
    ),
    Left(
        ("HIPAA.Security-LambdaDLQ", "Serverless-LambdaDLQ"),
        r"(base|calls|members|console|work/Invoked|work/Queues)/.*/Function/.*",
        "A function's dead-letter queue is for asynchronous calls. These are called by the API, by"
        " Cognito, by the deploy, by another function that waits, or by a queue that has dead letters of"
        " its own.",
    ),
    Left(
        ("HIPAA.Security-EC2RestrictedCommonPorts", "HIPAA.Security-EC2RestrictedSSH"),
        r"base/Database/Cluster/SecurityGroup/from .*",
        "The rules can't read a port that is a reference: it is the database's own, opened to our"
        " functions' groups.",
    ),
    Left(
        ("HIPAA.Security-IAMNoInlinePolicy",),
        r".*",
        "A role is one function's, and its policy that role's alone: inline, it can't outlive it or be"
        " lent to another.",
    ),
    Left(
        ("HIPAA.Security-RDSInBackupPlan",),
        r"base/Database/Cluster/.*",
        "Aurora backs itself up without a gap, and is restored to any second of the last weeks"
        " (docs/drills.md). A plan of AWS Backup would copy the same once a day.",
    ),
    Left(
        ("HIPAA.Security-RDSLoggingEnabled",),
        r"base/Database/Cluster/.*",
        "An error's own words may repeat a value that a caller said, so Postgres' log stays with the"
        " server, where it is gone after three days, and is not copied into CloudWatch.",
        about=r"LogExport::postgresql",
    ),
    Left(
        ("HIPAA.Security-VPCNoUnrestrictedRouteToIGW",),
        r"base/Network/Vpc/PublicSubnet\d/DefaultRoute",
        "Nothing stands in those subnets but the NAT gateways, which are that way out.",
    ),
)
