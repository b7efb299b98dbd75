"""What GitHub may do: the workflows, and the roles in AWS that they take on."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest
from ruamel.yaml import YAML

from infra.routes import resources
from infra.template import template as stage

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
assert WORKFLOWS


def loaded(path: Path) -> dict[str, Any]:
    return cast("dict[str, Any]", YAML(typ="safe", pure=True).load(path))  # pyright: ignore[reportUnknownMemberType]


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    return loaded(path)["jobs"]


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in jobs(path).values() for step in job.get("steps", [])]


each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


@each_workflow
def test_a_workflow_may_read_the_code_and_what_takes_on_a_role_may_ask_for_a_token(path: Path) -> None:
    assert loaded(path)["permissions"] == {"contents": "read"}
    for name, job in jobs(path).items():
        takes_on_a_role = "deploy-stage.yml" in job.get("uses", "") or any(
            "configure-aws-credentials" in step.get("uses", "") for step in job.get("steps", [])
        )
        wanted = {"contents": "read"} | ({"id-token": "write"} if takes_on_a_role else {})
        assert job.get("permissions", {"contents": "read"}) == wanted, name


@each_workflow
def test_only_actions_of_github_and_aws_run_each_at_one_commit(path: Path) -> None:
    """A tag can be moved to other code, a commit can't."""
    used = [step["uses"] for step in steps(path) if "uses" in step]
    called = [job["uses"] for job in jobs(path).values() if "uses" in job]

    assert all(re.fullmatch(r"(actions|aws-actions)/[\w-]+@[0-9a-f]{40}", one) for one in used), used
    assert all(re.fullmatch(r"\./\.github/workflows/[\w-]+\.yml", one) for one in called), called


@each_workflow
def test_nothing_that_others_write_is_pasted_into_a_command_and_no_job_runs_forever(path: Path) -> None:
    assert not [step["run"] for step in steps(path) if "${{" in step.get("run", "")]
    assert all("timeout-minutes" in job for job in jobs(path).values() if "steps" in job)
    # It would run a fork's code with what this repository is trusted with.
    assert "pull_request_target" not in path.read_text(encoding="utf-8")


def test_the_difference_is_told_by_the_same_cdk_that_deploys_and_to_no_fork() -> None:
    versions = {
        version
        for name in ("diff", "deploy-stage")
        for version in re.findall(
            r"aws-cdk@(\S+)", (ROOT / f".github/workflows/{name}.yml").read_text("utf-8")
        )
    }
    [diff] = jobs(ROOT / ".github/workflows/diff.yml").values()

    assert len(versions) == 1
    assert re.fullmatch(r"\d+\.\d+\.\d+", *versions)
    assert "github.event.pull_request.head.repo.full_name == github.repository" in diff["if"]
    for leg in diff["strategy"]["matrix"]["include"]:
        assert f"vars.{leg['role']} != ''" in diff["if"], (
            "a leg without its role would fail each pull request"
        )


def test_a_stage_is_called_after_its_deploy() -> None:
    deploy, call = [
        step["run"] for step in steps(ROOT / ".github/workflows/deploy-stage.yml") if "run" in step
    ][-2:]

    assert "cdk deploy --all" in deploy
    assert "frontdesk call --script booking" in call
    in_order = jobs(ROOT / ".github/workflows/deploy.yml")
    assert (in_order["dev"]["needs"], in_order["prod"]["needs"]) == (["check", "drill"], "dev")


def test_the_release_that_a_push_replaces_is_rehearsed_however_many_commits_it_brings() -> None:
    drill = jobs(ROOT / ".github/workflows/deploy.yml")["drill"]["steps"]
    [rollback] = [step for step in drill if "drills rollback" in step.get("run", "")]

    assert drill[0]["with"]["fetch-depth"] == 0
    assert rollback["env"] == {"BEFORE": "${{ github.event.before }}"}
    assert rollback["run"].endswith('rollback "$BEFORE"')


def test_cloudformation_takes_the_roles_template() -> None:
    command = [Path(sys.executable).with_name("cfn-lint"), ROOT / "infra" / "github.yml"]
    linted = subprocess.run(command, capture_output=True, text=True)

    assert (linted.returncode, linted.stdout) == (0, "")


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    return loaded(ROOT / "infra" / "github.yml")


def statements(template: dict[str, Any], role: str) -> list[dict[str, Any]]:
    policies = template["Resources"][role]["Properties"]["Policies"]
    return [one for policy in policies for one in policy["PolicyDocument"]["Statement"]]


def texts(part: Any) -> list[str]:
    """Every string in a part of a template."""
    if isinstance(part, dict):
        return [text for value in cast("dict[str, Any]", part).values() for text in texts(value)]
    if isinstance(part, list):
        return [text for value in cast("list[Any]", part) for text in texts(value)]
    return [part] if isinstance(part, str) else []


@pytest.mark.parametrize(
    ("role", "subject"),
    [
        ("Deploy", "repo:${Repository}:environment:${Stage}"),
        ("Diff", "repo:${Repository}:pull_request"),
    ],
)
def test_a_role_trusts_this_repository_in_one_place_only(
    template: dict[str, Any], role: str, subject: str
) -> None:
    [trust] = template["Resources"][role]["Properties"]["AssumeRolePolicyDocument"]["Statement"]

    assert trust["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": {"Fn::Sub": subject},
        }
    }
    # A wildcard in the name would trust others' repositories.
    assert not re.fullmatch(template["Parameters"]["Repository"]["AllowedPattern"], "*/desk")


def test_who_deploys_takes_on_the_cdks_roles_and_reads_one_secret_and_no_more(
    template: dict[str, Any],
) -> None:
    allowed = {one["Action"]: one for one in statements(template, "Deploy")}

    assert set(allowed) == {"sts:AssumeRole", "secretsmanager:GetSecretValue", "kms:Decrypt"}
    roles = texts(allowed["sts:AssumeRole"]["Resource"])
    assert len(roles) == 3
    assert all(":role/cdk-${Bootstrap}-" in role and "*" not in role for role in roles)
    for action in ("secretsmanager:GetSecretValue", "kms:Decrypt"):
        only = allowed[action]["Condition"]["StringEquals"]
        assert only["aws:ResourceTag/frontdesk:stage"] == {"Ref": "Stage"}


def test_the_secret_that_may_be_read_is_the_one_that_the_stage_has() -> None:
    made = stage("dev")
    [secret] = [
        one
        for name, one in resources(made, "AWS::SecretsManager::Secret").items()
        if name.startswith("VapiSecrets")
    ]
    tags = [secret, *resources(made, "AWS::KMS::Key").values()]

    assert "Name" not in secret["Properties"], "so it is named after its place in the template"
    assert all({"Key": "frontdesk:stage", "Value": "dev"} in one["Properties"]["Tags"] for one in tags)


def test_who_compares_reads_templates_of_the_stage_and_nothing_else(template: dict[str, Any]) -> None:
    [only] = statements(template, "Diff")

    assert only["Action"] == ["cloudformation:DescribeStacks", "cloudformation:GetTemplate"]
    assert texts(only["Resource"])[0].endswith(":stack/frontdesk-${Stage}-*")
