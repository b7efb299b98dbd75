"""`/patients`: who is found, entered and changed, and what is refused."""

import json
from typing import Any

import pytest

from tests.clinic import Clinic
from tests.member import Member, token

MEMBER = Member(token())
ADA: dict[str, Any] = {
    "firstName": "Ada",
    "lastName": "Winter",
    "birthDate": "1961-02-03",
    "phone": "(604) 555-0177",
}


def enter(**fields: Any) -> int:
    answer = MEMBER.post("/patients", {**ADA, **fields})
    assert answer.status == 201, answer.body
    return answer.body["id"]


def names(**query: Any) -> list[str]:
    answer = MEMBER.get("/patients", **query)
    assert answer.status == 200, answer.body
    return [one["firstName"] for one in answer.body["patients"]]


def test_a_patient_is_entered_whole_and_found_by_whatever_is_known(clinic: Clinic) -> None:
    card = {"healthCardType": "BC", "healthCardNumber": "9123 456 702"}
    made = enter(**card, nativeName="冬雅", postalCode="v6b1a1", email="ada@example.com", language="zh")

    shown = MEMBER.get(f"/patients/{made}").body
    assert shown["phone"] == "+16045550177"
    assert (shown["healthCardNumber"], shown["postalCode"], shown["gender"]) == ("9123456702", "V6B 1A1", "U")
    for query in (
        {"name": "ada winter"},
        {"name": "冬雅"},
        {"phone": "604 555 0177"},
        {"birthDate": "1961-02-03"},
    ):
        assert names(**query) == ["Ada"]
    assert names(name="Ada", birthDate="1961-02-04") == []
    clinic.caller = "+16045550177"
    assert clinic.ask("search_patient", name="Ada Winter", dateOfBirth="1961-02-03")["id"] == made


def test_a_change_keeps_the_rest_and_a_new_name_is_what_is_found(clinic: Clinic) -> None:
    made = enter(email="ada@example.com", address="12 North Road")

    answer = MEMBER.patch(f"/patients/{made}", {"lastName": "Sommer", "email": None})

    assert answer.status == 200
    assert (answer.body["lastName"], answer.body["email"]) == ("Sommer", None)
    assert (answer.body["address"], answer.body["firstName"]) == ("12 North Road", "Ada")
    assert (names(name="Sommer"), names(name="Winter")) == (["Ada"], [])


def test_the_same_person_is_not_entered_twice(clinic: Clinic) -> None:
    made = enter()

    again = MEMBER.post("/patients", {**ADA, "firstName": "ÁDA", "phone": "+1 604 555 0177"})

    assert (again.status, again.body["patientId"]) == (409, made)
    enter(birthDate="1961-02-04")


def test_pages_go_on_where_the_last_one_ended(clinic: Clinic) -> None:
    for number in range(7):
        enter(firstName=f"Ada{'bcdefgh'[number]}", birthDate=f"1961-02-0{number + 1}")

    for query in ({"phone": "6045550177"}, {"name": "Winter"}):
        seen: list[str] = []
        cursor: dict[str, str] = {}
        while True:
            page = MEMBER.get("/patients", **query, limit=3, **cursor).body
            seen += [one["firstName"] for one in page["patients"]]
            if page["nextCursor"] is None:
                break
            cursor = {"cursor": page["nextCursor"]}
        assert sorted(seen) == [f"Ada{letter}" for letter in "bcdefgh"]


@pytest.mark.parametrize(
    "query",
    [
        *({}, {"limit": 5}, {"name": ""}, {"name": "x", "limit": 0}, {"name": "x", "limit": 101}),
        *({"birthDate": "1961"}, {"phone": "12"}, {"name": "x", "cursor": "zzz"}, {"surname": "Winter"}),
        {"name": "x", "cursor": f"1-{'9' * 30}"},
    ],
)
def test_what_cant_be_searched_by_is_said(clinic: Clinic, query: dict[str, Any]) -> None:
    assert MEMBER.get("/patients", **query).status == 400


@pytest.mark.parametrize("name", ["\x00", "%", "' OR 1=1 --", "龘", "x" * 200])
def test_a_strange_name_finds_nobody(clinic: Clinic, name: str) -> None:
    assert MEMBER.get("/patients", name=name).body.get("patients", []) == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"firstName": ""}, "firstName"),
        ({"firstName": None}, "firstName"),
        ({"birthDate": "1961-02-30"}, "birthDate"),
        ({"birthDate": "1861-02-03"}, "birthDate"),
        ({"birthDate": "2199-02-03"}, "birthDate"),
        ({"birthDate": 0}, "birthDate"),
        ({"gender": "Quince"}, "gender"),
        ({"phone": "555-Quince"}, "phone"),
        ({"email": "Quince"}, "email"),
        ({"postalCode": "Quince"}, "postalCode"),
        ({"healthCardNumber": "9123456702"}, "healthCardType"),
        ({"healthCardType": "BC", "healthCardNumber": "9123456783"}, "healthCardNumber"),
        ({"healthCardType": "BC"}, "healthCardNumber"),
        ({"healthCardType": "OTHER_PROVINCE", "healthCardNumber": "123456789"}, "province"),
        ({"language": "fr"}, "language"),
        ({"callId": "Quince"}, "callId"),
    ],
)
def test_what_doesnt_fit_is_named_and_not_repeated(
    clinic: Clinic, printed: pytest.CaptureFixture[str], fields: dict[str, Any], field: str
) -> None:
    made = enter()
    before = MEMBER.get(f"/patients/{made}").body

    for answer in (
        MEMBER.post("/patients", {**ADA, "birthDate": "1970-01-01", **fields}),
        MEMBER.patch(f"/patients/{made}", fields),
    ):
        assert (answer.status, [one["field"] for one in answer.body["errors"]]) == (422, [field])
        assert "Quince" not in json.dumps(answer.body)
    assert MEMBER.get(f"/patients/{made}").body == before
    assert not [word for word in ("Quince", "Winter", "555") if word in printed.readouterr().out]


def test_a_number_that_charges_whoever_calls_it_stands_in_no_file(clinic: Clinic) -> None:
    [(john,)] = clinic.all("SELECT id FROM patients WHERE first_name = 'John'")

    for answer in (
        MEMBER.patch(f"/patients/{john}", {"phone": "+1 900 555 0123"}),
        MEMBER.post("/patients", {**ADA, "phone": "+44 909 879 0123"}),
    ):
        assert (answer.status, [one["field"] for one in answer.body["errors"]]) == (422, ["phone"])


def test_a_change_judges_only_what_is_sent(clinic: Clinic) -> None:
    """What stood there before the rule did isn't in the way of a new address."""
    [(john,)] = clinic.all("SELECT id FROM patients WHERE first_name = 'John'")
    clinic.do("UPDATE patients SET phone = '+19995550100', postal_code = 'old' WHERE id = %s", john)

    assert MEMBER.patch(f"/patients/{john}", {"address": "2 New Lane"}).status == 200
    assert MEMBER.patch(f"/patients/{john}", {"phone": "+19995550100"}).status == 422


def test_who_read_whom_is_written_down(clinic: Clinic) -> None:
    made = enter()
    MEMBER.get(f"/patients/{made}")
    MEMBER.get("/patients", name="Winter")

    found = clinic.all("SELECT action, patient_id, change ? 'member' FROM audit_log ORDER BY id")
    assert found == [
        ("patient.created", made, True),
        ("patient.read", made, True),
        ("patient.read", made, True),
        ("patients.searched", None, True),
    ]


@pytest.mark.parametrize("id", ["999999", "0", "abc", str(2**63)])
def test_an_id_of_nobody_is_404(clinic: Clinic, id: str) -> None:
    assert MEMBER.get(f"/patients/{id}").status == 404
    assert MEMBER.patch(f"/patients/{id}", {"city": "Vancouver"}).status == 404


def test_who_only_looks_enters_and_changes_nobody(clinic: Clinic) -> None:
    made = enter()
    clinic.lower_the_owner("viewer")

    assert MEMBER.get(f"/patients/{made}").status == 200
    assert MEMBER.post("/patients", ADA).status == 403
    assert MEMBER.patch(f"/patients/{made}", {"city": "Vancouver"}).status == 403
    assert MEMBER.post("/patients/import", "").status == 403
