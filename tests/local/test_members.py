"""The member API through the stack's own gateway, by the tokens that `stack.json` has."""

import httpx
import psutil

from local.stack import Stack


def ask(stack: Stack, method: str, path: str, token: str | None) -> httpx.Response:
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    return httpx.request(method, f"{stack.addresses.api_url}{path}", headers=headers)


def test_a_clinics_own_token_opens_the_member_api(running_stack: Stack) -> None:
    for organization in running_stack.addresses.organizations:
        answer = ask(running_stack, "GET", "/appointments?from=2030-01-01&to=2030-01-02", organization["jwt"])
        assert (answer.status_code, answer.json()) == (200, {"appointments": []})


def test_without_one_there_is_a_problem_document(running_stack: Stack) -> None:
    answer = ask(running_stack, "GET", "/appointments", None)

    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    assert answer.json()["title"] == "Unauthorized"


def test_a_path_reaches_its_endpoint(running_stack: Stack) -> None:
    token = running_stack.addresses.organizations[0]["jwt"]

    answer = ask(running_stack, "POST", "/appointments/987654321/arrived", token)

    assert answer.json()["detail"] == "There is no appointment of that id."


def test_the_stack_keeps_a_clock_for_its_schedules(running_stack: Stack) -> None:
    commands = [process.cmdline() for process in psutil.Process().children()]

    assert len([command for command in commands if "local.clock" in command]) == 1
