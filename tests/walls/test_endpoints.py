"""Every endpoint, asked by one clinic's member with everything that is known of the other's visits."""

import json
from typing import Any

import pytest

from frontdesk.scheduling.statuses import DECISIONS
from infra import discovery
from local import demo
from local.tokens import member_id
from tests.clinic import Clinic
from tests.member import Member, token
from tests.walls.test_tools import MAPLES, everything, of_maples

ENDPOINTS = discovery.endpoints()
INVITATION = "00000000-0000-4000-8000-0000000000e1"
"""One of Maple's."""
OF_THE_PATH = {"/members": member_id(demo.MAPLE), "/members/invitations": INVITATION}
"""What is there at Maple, by the path above its id."""
BODIES = {
    "members/change_role": {"role": "viewer"},
    "members/invite": {"email": "somebody@example.com", "role": "viewer"},
}
HARBOURS, MAPLE = Member(token(demo.HARBOUR)), Member(token(demo.MAPLE))


def paths(folder: str, known: dict[str, Any]) -> list[str]:
    """The endpoint's paths that are right at Maple; a parameter not known here fails, so tell it here."""
    filled = [ENDPOINTS[folder].path]
    above = ENDPOINTS[folder].path.partition("/{")[0]
    right = {"id": [OF_THE_PATH.get(above, known["appointmentId"])], "decision": DECISIONS}
    for name, values in right.items():
        filled = [path.replace(f"{{{name}}}", str(value)) for path in filled for value in values]
    filled = list(dict.fromkeys(filled))
    assert not [path for path in filled if "{" in path]
    return filled


def queries(folder: str, known: dict[str, Any]) -> list[dict[str, Any]]:
    """Nothing, and each of the endpoint's parameters as it is right at Maple, and all of them."""
    right = {
        "from": known["startDate"],
        "to": known["endDate"],
        "providerId": known["providerId"],
    }
    names = [field.alias or name for name, field in ENDPOINTS[folder].parameters.model_fields.items()]
    taken = {
        name: right[name] for name in names if f"{{{name}}}" not in ENDPOINTS[folder].path and name in right
    }
    return [{}, *({name: value} for name, value in taken.items()), taken]


@pytest.mark.parametrize("folder", ENDPOINTS)
def test_no_endpoint_shows_or_changes_another_clinics_visits(
    clinic: Clinic, harbour: Clinic, folder: str
) -> None:
    known = of_maples(clinic)
    clinic.do(
        "INSERT INTO invitations (id, org_id, email, role, invited_by)"
        " VALUES (%s, %s, 'invited@maple.example', 'viewer', 'somebody')",
        *(INVITATION, clinic.org_id),
    )
    before = everything(clinic)

    answers = [
        HARBOURS.ask(ENDPOINTS[folder].method, path, BODIES.get(folder), **query)
        for path in paths(folder, known)
        for query in queries(folder, known)
    ]

    assert {answer.status for answer in answers} <= {200, 201, 404}, "403 would tell that there is something"
    said = [json.dumps(answer.body, ensure_ascii=False) for answer in answers]
    ids = (f'"id": {known["appointmentId"]}', *OF_THE_PATH.values(), "maple.example")
    shown = [word for word in (*MAPLES, *ids) for one in said if word in one]
    assert shown == []
    assert everything(clinic) == before


def test_the_same_questions_have_answers_at_their_own_clinic(clinic: Clinic, harbour: Clinic) -> None:
    """So the test above asks for what is really there."""
    known = of_maples(clinic)
    days = {"from": known["startDate"], "to": known["endDate"]}

    [listed] = MAPLE.get("/appointments", **days).body["appointments"]
    assert listed["id"] == known["appointmentId"]
    assert HARBOURS.get("/appointments", **days).body == {"appointments": []}
    arrived = f"/appointments/{known['appointmentId']}/arrived"
    assert HARBOURS.post(arrived).status == 404
    assert MAPLE.post(arrived).status == 200


def test_what_is_not_there_and_what_is_anothers_is_answered_alike(clinic: Clinic, harbour: Clinic) -> None:
    known = of_maples(clinic)

    anothers = HARBOURS.post(f"/appointments/{known['appointmentId']}/arrived")
    nobodys = HARBOURS.post("/appointments/987654321/arrived")

    assert anothers == nobodys
