"""`POST /patients/import`: told first, then taken, and never repeating what stands in the file."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from frontdesk.patients import importing
from frontdesk.settings import settings
from gitops.files import ROOT
from tests.clinic import Clinic
from tests.member import Answer, Member, token

MEMBER = Member(token())
HEAD = "first_name,last_name,birth_date,phone,gender,address"
ADA = "Ada,Winter,1961-02-03,604-555-0177,f,12 North Road"


def send(text: str, **query: Any) -> Answer:
    return MEMBER.post("/patients/import", text, **query)


def take(text: str, **query: Any) -> Answer:
    return send(text, dryRun="false", **query)


def statuses(answer: Answer) -> list[tuple[int, str]]:
    assert answer.status == 200, answer.body
    return [(one["line"], one["status"]) for one in answer.body["lines"]]


def people(clinic: Clinic) -> int:
    return clinic.all("SELECT count(*) FROM patients")[0][0]


def test_a_dry_run_says_what_would_happen_and_writes_nothing(clinic: Clinic) -> None:
    before = people(clinic)

    answer = send(f"{HEAD}\n{ADA}\nJohn,Doe,1990-01-15,+16045550123,,\nAda,,1961-02-30,12,q,x\n")

    assert statuses(answer) == [(2, "new"), (3, "same"), (4, "refused")]
    assert {k: answer.body[k] for k in ("dryRun", "new", "same", "changed", "refused")} == {
        "dryRun": True,
        "new": 1,
        "same": 1,
        "changed": 0,
        "refused": 1,
    }
    assert people(clinic) == before


def test_who_was_taken_is_found_by_telephone_and_by_name(clinic: Clinic) -> None:
    answer = take(f"{HEAD}\n{ADA}\n")

    assert (statuses(answer), answer.body["dryRun"]) == ([(2, "new")], False)
    [found] = MEMBER.get("/patients", name="Winter").body["patients"]
    assert (found["firstName"], found["phone"]) == ("Ada", "+16045550177")
    clinic.caller = "+16045550177"
    told = clinic.ask("search_patient_by_phone", phone="6045550177", dateOfBirth="1961-02-03")
    assert (told["proven"], told["id"]) == (True, found["id"])
    assert statuses(take(f"{HEAD}\n{ADA}\n")) == [(2, "same")]


@pytest.mark.parametrize(
    "text",
    [
        f"\ufeff{HEAD}\n{ADA}",
        f"{HEAD}\r\n{ADA}\r\n",
        f"{HEAD}\n{ADA}\n".replace(",", ";"),
        f"{HEAD}\n\n{ADA}\n\n , \n",
        '"First Name";"LAST NAME";birth-date;Phone;City\nAda;Winter;1961-02-03;6045550177;"North\nVancouver"',
    ],
)
def test_files_as_spreadsheets_write_them(clinic: Clinic, text: str) -> None:
    assert [status for _, status in statuses(take(text))] == ["new"]

    shown = clinic.all("SELECT birth_date::text, phone, city, address FROM patients WHERE first_name = 'Ada'")
    assert shown in (
        [("1961-02-03", "+16045550177", "", "12 North Road")],
        [("1961-02-03", "+16045550177", "North Vancouver", "")],
    )


def test_a_line_begins_where_its_quotes_begin(clinic: Clinic) -> None:
    text = f'{HEAD}\n{ADA[:-13]}"12\nNorth\nRoad"\nBea,Winter,1961-02-03,6045550177,F,\n'

    assert statuses(send(text)) == [(2, "new"), (5, "new")]


def test_a_known_person_is_changed_in_what_the_file_has_and_not_in_its_empty_cells(clinic: Clinic) -> None:
    clinic.do("UPDATE patients SET address = '1 Old Lane', city = 'Vancouver' WHERE first_name = 'John'")
    text = (
        "first_name,last_name,birth_date,phone,address,city,native_name\n"
        "JOHN,Döe,1990-01-15,6045550123,2 New Lane,,约翰\n"
    )

    told = send(text).body["lines"]
    assert told == [{"line": 2, "status": "changed", "detail": "first_name, last_name, native_name, address"}]
    take(text)

    assert clinic.all("SELECT last_name, address, city FROM patients WHERE birth_date = '1990-01-15'") == [
        ("Döe", "2 New Lane", "Vancouver")
    ]
    assert MEMBER.get("/patients", name="约翰").body["patients"][0]["lastName"] == "Döe"
    assert statuses(send(text)) == [(2, "same")]


def test_a_person_twice_in_a_file_is_taken_once(clinic: Clinic) -> None:
    answer = take(f"{HEAD}\n{ADA}\n{ADA.replace('604-555', '(604) 555')}\n")

    assert statuses(answer) == [(2, "new"), (3, "same")]
    other = send(f"{HEAD}\n{ADA}\n{ADA.replace('12 North', '13 North')}\n")
    assert statuses(other) == [(2, "same"), (3, "refused")]
    assert "line 2" in other.body["lines"][1]["detail"]


def test_with_a_line_that_is_refused_nothing_is_taken_unless_it_may_be_skipped(clinic: Clinic) -> None:
    before = people(clinic)
    text = f"{HEAD}\n{ADA}\nBea,Winter,soon,6045550177,F,\n"

    answer = take(text)
    assert (answer.status, people(clinic)) == (422, before)
    assert answer.body["lines"] == [
        {"line": 3, "status": "refused", "detail": "birth_date: It can't be read."}
    ]

    assert statuses(take(text, skipRefused="true")) == [(2, "new"), (3, "refused")]
    assert people(clinic) == before + 1


CARD = "first_name,last_name,birth_date,phone,health_card_type,health_card_number,province"
JOHN = "John,Doe,1990-01-15,6045550123"


@pytest.mark.parametrize(
    ("has", "line", "becomes"),
    [
        (("BC", "9123456702", None), f"{JOHN},,9123 456 702,", "same"),
        (("BC", None, None), f"{JOHN},,9123456702,", "changed"),
        (("BC", "9123456702", None), f"{JOHN},NONE,,", "refused"),
        (("BC", "9123456702", None), f"{JOHN},ON,,", "refused"),
        (("NONE", None, None), f"{JOHN},,9123456702,", "refused"),
        (("NONE", None, "AB"), f"{JOHN},OTHER_PROVINCE,123456789,", "changed"),
    ],
)
def test_a_health_card_fits_with_what_the_clinic_has(
    clinic: Clinic, has: tuple[str | None, ...], line: str, becomes: str
) -> None:
    clinic.do(
        "UPDATE patients SET (health_card_type, health_card_number, province) = (%s, %s, %s)"
        " WHERE birth_date = '1990-01-15' AND first_name = 'John'",
        *has,
    )
    assert statuses(send(f"{CARD}\n{line}\n")) == [(2, becomes)]
    assert statuses(take(f"{CARD}\n{line}\n", skipRefused="true")) == [(2, becomes)]


def test_what_is_saved_while_a_file_is_read_stays(clinic: Clinic) -> None:
    with ThreadPoolExecutor(1) as pool, clinic.rows() as somebody:
        somebody.execute("UPDATE patients SET email = 'new@example.com' WHERE birth_date = '1990-01-15'")
        taking = pool.submit(take, f"{HEAD}\n{JOHN},,2 New Lane\n")
        time.sleep(0.2)
        assert not taking.done()
        somebody.commit()
        assert statuses(taking.result()) == [(2, "changed")]

    assert clinic.all("SELECT email, address FROM patients WHERE birth_date = '1990-01-15'") == [
        ("new@example.com", "2 New Lane")
    ]


@pytest.mark.parametrize("way", ["a member", "a call"])
def test_who_stands_in_a_file_that_is_being_written_is_not_entered_beside_it(
    clinic: Clinic, way: str
) -> None:
    person = {"firstName": "Ada", "lastName": "Winter", "phone": "6045550177"}
    caller = {
        "dateOfBirth": "1961-02-03",
        "gender": "F",
        "address": "12 Example Street",
        "city": "Vancouver",
        "postalCode": "V6B 1A1",
        "healthCardType": "NONE",
    }

    def entered() -> str:
        if way == "a member":
            return json.dumps(MEMBER.post("/patients", {**person, "birthDate": "1961-02-03"}).body)
        return json.dumps(clinic.asked("register_new_patient", {**person, **caller}))

    with ThreadPoolExecutor(1) as pool, clinic.rows() as an_import:
        an_import.execute(importing.SQL["lock_import"].encode())
        an_import.execute(
            "INSERT INTO patients (org_id, first_name, last_name, birth_date, gender, phone)"
            " VALUES (%s, 'Ada', 'Winter', '1961-02-03', 'F', '+16045550177')",
            [clinic.org_id],
        )
        entering = pool.submit(entered)
        time.sleep(0.2)
        assert not entering.done()
        an_import.commit()
        assert "already" in entering.result()

    assert clinic.all("SELECT count(*) FROM patients WHERE first_name = 'Ada'") == [(1,)]


def test_a_second_file_at_once_is_told_to_come_back(clinic: Clinic) -> None:
    with clinic.rows() as another:
        another.execute(importing.SQL["begin_import"].encode())

        answer = take(f"{HEAD}\n{ADA}\n")

        assert (answer.status, "An import is running" in answer.body["detail"]) == (409, True)
        assert statuses(send(f"{HEAD}\n{ADA}\n")) == [(2, "new")]
    assert statuses(take(f"{HEAD}\n{ADA}\n")) == [(2, "new")]


def test_what_somebody_else_is_changing_is_said_to_be_that(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRONTDESK_DEADLINE_S", "0.6")
    settings.cache_clear()
    [(john,)] = clinic.all("SELECT id FROM patients WHERE birth_date = '1990-01-15'")
    with clinic.rows() as somebody:
        somebody.execute("UPDATE patients SET email = 'new@example.com' WHERE id = %s", [john])

        answer = MEMBER.patch(f"/patients/{john}", {"city": "Vancouver"})

    assert (answer.status, "Somebody else" in answer.body["detail"]) == (409, True)


SECRETS = ("Marigold", "Quince", "Rowan", "555-99")


@pytest.mark.parametrize(
    "line",
    [
        "Marigold,Quince,1961-99-99,6045550177,F,Rowan",
        "Marigold,Quince,1961-02-03,555-99,F,Rowan",
        "Marigold,Quince,1961-02-03,6045550177,Rowan,Rowan",
        "Marigold,Quince,2999-02-03,6045550177,F,Rowan",
        "Marigold,Quince,1061-02-03,6045550177,F,Rowan",
        "Marigold,Quince",
        "Marigold,Quince,1961-02-03,6045550177,F,Rowan,555-99",
        ",Quince,1961-02-03,6045550177,F,Rowan",
        f"Marigold,{'Quince' * 50},1961-02-03,6045550177,F,Rowan",
    ],
)
def test_a_line_that_cant_be_is_refused_and_not_repeated(
    clinic: Clinic, printed: pytest.CaptureFixture[str], line: str
) -> None:
    answer = send(f"{HEAD}\n{line}\n")

    assert statuses(answer) == [(2, "refused")]
    said = json.dumps([answer.body, take(f"{HEAD}\n{line}\n").body]) + printed.readouterr().out
    assert not [word for word in SECRETS if word in said]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "first_name,last_name\nMarigold,Quince\n",
        f"{HEAD},Marigold\n",
        f"{HEAD},gender\n",
        "Marigold,Quince,1961-02-03,6045550177\n",
        f'{HEAD}\n"Marigold,Quince,1961-02-03\n',
        f"{HEAD}\n" + f"{ADA}\n" * 10_001,
    ],
)
def test_a_file_that_is_none_is_refused_whole(clinic: Clinic, text: str) -> None:
    answer = send(text)

    assert (answer.status, answer.headers["content-type"]) == (422, "application/problem+json")
    assert "Marigold" not in json.dumps(answer.body)


def test_five_megabytes_are_the_most(clinic: Clinic) -> None:
    assert send(HEAD + "\n" + " " * 5 * 1024 * 1024).status == 413


def test_ten_thousand_lines_are_taken_in_one_go(clinic: Clinic) -> None:
    letters = "abcdefghij"
    lines = [
        f"Given{letters[n % 10]},{''.join(letters[int(digit)] for digit in str(n))},"
        f"{1940 + n % 70}-0{1 + n % 9}-11,60455501{n % 100:02},F,{n} North Road"
        for n in range(10_000)
    ]
    before, began = people(clinic), time.monotonic()

    answer = take("\n".join([HEAD, *lines]))

    assert (answer.status, answer.body["new"]) == (200, 10_000)
    assert people(clinic) == before + 10_000
    assert time.monotonic() - began < 25
    assert len(MEMBER.get("/patients", phone="6045550177").body["patients"]) == 25


def test_the_sample_in_the_docs_is_taken(clinic: Clinic) -> None:
    sample = (ROOT / "docs" / "patients.csv").read_text("utf-8")

    assert statuses(take(sample)) == [(2, "new"), (4, "new")]
    page = (ROOT / "docs" / "clinic.md").read_text("utf-8")
    assert [name for name in importing.COLUMNS if f"`{name}`" not in page] == []
    assert sample.splitlines()[0].split(",") == list(importing.COLUMNS)
