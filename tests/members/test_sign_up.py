"""Coming in: exactly one clinic for who signs up, the inviter's for who is invited, none for who has left."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from frontdesk.db import connection
from frontdesk.settings import settings
from infra import discovery
from tests.clinic import Clinic
from tests.conftest import Database
from tests.member import Member, token
from tests.members import crowd
from tests.members.cognito import Person, invited
from tests.members.crowd import Crowd

MANY = 20


@pytest.fixture(scope="module")
def many() -> Iterator[Crowd]:
    with crowd.waiting(MANY) as made:
        yield made


def test_what_the_pool_calls_imports_nothing_of_the_endpoints_own_layer() -> None:
    """It has not got that layer, and Cognito waits."""
    for folder in discovery.user_pool_triggers():
        handler = f"functions.{folder.replace('/', '.')}.handler"
        command = [sys.executable, "-c", f"import {handler}, json, sys; print(json.dumps([*sys.modules]))"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert not {"jwt", "cryptography", "boto3", "httpx"} & set(json.loads(done.stdout))
        assert handler in json.loads(done.stdout)


def clinics(database: Database, owner: str) -> list[Clinic]:
    """Every clinic that has a row because of this person; rows are seen past the walls, by the id alone."""
    found: list[str] = []
    with psycopg.connect(database.app_url) as app:
        row = app.execute("SELECT directory.organization_of_member(%s)::text", [owner]).fetchone()
        found += [row[0]] if row and row[0] else []
    return [Clinic(database.owner_url, org_id=one) for one in found]


def counted(database: Database, superuser_url: str) -> int:
    """How many clinics there are, as only somebody past all walls can count."""
    with psycopg.connect(superuser_url, dbname=_name(database)) as superuser:
        row = superuser.execute("SELECT count(*) FROM organizations").fetchone()
    assert row is not None
    return row[0]


def _name(database: Database) -> str:
    with psycopg.connect(database.owner_url) as owner:
        return owner.info.dbname


def member(person: Person, stamped: dict[str, Any] | None) -> Member:
    """Them at the member API, by what their token says."""
    return Member(token(None, sub=person.sub, app_metadata=stamped))


def invite(clinic: Clinic, email: str, role: str = "viewer", *, expires: str = "1 day") -> None:
    clinic.do(
        "INSERT INTO invitations (org_id, email, role, invited_by, expires_at)"
        " VALUES (%s, %s, %s, 'somebody', now() + %s::interval)",
        *(clinic.org_id, email, role, expires),
    )


@pytest.fixture
def away(database: Database, monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """Takes the database away from the functions, and gives it back."""

    def let(is_away: bool) -> None:
        nobody = "postgresql://127.0.0.1:1/nobody-is-there"
        monkeypatch.setenv("FRONTDESK_DATABASE_URL", nobody if is_away else database.app_url)
        settings.cache_clear()
        connection.drop()

    return let


def test_who_signs_up_owns_a_clinic_that_can_be_called(database: Database) -> None:
    owner = Person(**{"custom:clinic_name": "Birch Clinic"})

    answer = owner.signs_up()

    assert answer == owner.event()
    [clinic] = clinics(database, owner.sub)
    assert clinic.all("SELECT name, time_zone, languages, phone_number FROM organizations") == [
        ("Birch Clinic", "America/Vancouver", ["en"], None)
    ]
    assert clinic.all("SELECT user_id, email, role FROM members") == [
        (owner.sub, "owner@example.com", "owner")
    ]
    assert clinic.all("SELECT name, duration_min FROM appointment_types") == [("General consultation", 30)]
    assert clinic.all("SELECT action, change FROM audit_log") == [
        ("organization.created", {"member": owner.sub, "of": owner.sub, "role": "owner"})
    ]


def test_the_token_carries_the_clinic_and_the_role_and_opens_the_member_api(database: Database) -> None:
    owner = Person()
    owner.signs_up()

    stamped = owner.signs_in()

    [clinic] = clinics(database, owner.sub)
    assert stamped == {"org_id": clinic.org_id, "role": "owner"}
    for source in ("TokenGeneration_RefreshTokens", "TokenGeneration_NewPasswordChallenge"):
        assert owner.signs_in(source) == stamped
    [listed] = member(owner, stamped).get("/members").body["members"]
    assert (listed["id"], listed["role"]) == (owner.sub, "owner")


@pytest.mark.parametrize(
    ("attributes", "name"),
    [
        ({}, "New clinic"),
        ({"name": "Dr. Ada Birch"}, "Dr. Ada Birch"),
        ({"name": "Dr. Ada Birch", "custom:clinic_name": "桦树诊所"}, "桦树诊所"),
        ({"custom:clinic_name": " \u200f\x00 "}, "New clinic"),
        ({"custom:clinic_name": "x" * 500}, "x" * 200),
    ],
)
def test_a_clinic_is_called_what_its_owner_said(
    database: Database, attributes: dict[str, str], name: str
) -> None:
    owner = Person(**attributes)
    owner.signs_up()

    [clinic] = clinics(database, owner.sub)
    assert clinic.all("SELECT name FROM organizations") == [(name,)]


def test_fired_twenty_times_at_once_it_makes_one_clinic_with_one_owner(
    database: Database, superuser_url: str, many: Crowd
) -> None:
    before = counted(database, superuser_url)
    owner = Person()

    answers = many.at_once(database.app_url, [(crowd.FUNCTIONS[0], owner.event())] * MANY)

    assert answers == [owner.event()] * MANY
    assert counted(database, superuser_url) == before + 1
    [clinic] = clinics(database, owner.sub)
    assert clinic.all("SELECT user_id, role FROM members") == [(owner.sub, "owner")]
    assert clinic.all("SELECT count(*) FROM appointment_types") == [(1,)]
    assert clinic.all("SELECT count(*) FROM audit_log") == [(1,)]


def test_a_first_sign_in_twenty_times_at_once_joins_once(
    database: Database, superuser_url: str, clinic: Clinic, many: Crowd
) -> None:
    before = counted(database, superuser_url)
    invite(clinic, "new@example.com", "admin")
    person = invited("new@example.com")

    answers = many.at_once(database.app_url, [(crowd.FUNCTIONS[1], person.signing_in())] * MANY)

    stamped = [one["response"]["claimsAndScopeOverrideDetails"]["idTokenGeneration"] for one in answers]
    claims = {"app_metadata": {"org_id": clinic.org_id, "role": "admin"}}
    assert stamped == [{"claimsToAddOrOverride": claims}] * MANY
    assert clinic.all("SELECT role FROM members WHERE user_id = %s", person.sub) == [("admin",)]
    assert counted(database, superuser_url) == before


def test_a_forgotten_password_is_no_sign_up(database: Database, superuser_url: str) -> None:
    before = counted(database, superuser_url)
    person = Person()

    source = "PostConfirmation_ConfirmForgotPassword"
    assert person.signs_up(source) == person.event(source=source)

    assert counted(database, superuser_url) == before


def test_a_sign_up_succeeds_without_the_database_and_the_clinic_is_there_at_the_first_sign_in(
    database: Database, away: Any, printed: pytest.CaptureFixture[str]
) -> None:
    owner = Person("ada@example.com", **{"custom:clinic_name": "Birch Clinic"})
    away(True)

    assert owner.signs_up() == owner.event()

    lines = [json.loads(line) for line in printed.readouterr().out.splitlines()]
    assert [line["message"] for line in lines if line["level"] == "ERROR"] == [
        "a sign-up is to be made up for"
    ]
    assert not [line for line in lines if "ada@" in json.dumps(line) or "Birch" in json.dumps(line)]
    away(False)
    assert clinics(database, owner.sub) == []
    stamped = owner.signs_in()
    [clinic] = clinics(database, owner.sub)
    assert stamped == {"org_id": clinic.org_id, "role": "owner"}
    assert clinic.all("SELECT name FROM organizations") == [("Birch Clinic",)]


def test_who_signed_up_has_their_own_clinic_though_that_failed_and_another_invites_them(
    database: Database, clinic: Clinic, away: Any
) -> None:
    owner = Person("ada@example.com")
    away(True)
    owner.signs_up()
    away(False)
    invite(clinic, "ada@example.com")

    stamped = owner.signs_in()

    [own] = clinics(database, owner.sub)
    assert stamped == {"org_id": own.org_id, "role": "owner"}
    assert own.org_id != clinic.org_id
    own.do("INSERT INTO members (user_id, org_id, role) VALUES ('somebody-else', %s, 'owner')", own.org_id)
    assert member(owner, stamped).delete("/members/me").status == 200
    assert owner.signs_in() == {"org_id": clinic.org_id, "role": "viewer"}, "now that they have none"


def test_a_sign_up_that_breaks_in_the_middle_leaves_nothing_and_is_made_up_for(
    database: Database, superuser_url: str
) -> None:
    before = counted(database, superuser_url)
    owner = Person()
    with psycopg.connect(database.owner_url) as breaking:
        breaking.execute("ALTER TABLE appointment_types ADD CONSTRAINT broken CHECK (false) NOT VALID")

    owner.signs_up()

    assert counted(database, superuser_url) == before
    with psycopg.connect(database.owner_url) as mending:
        mending.execute("ALTER TABLE appointment_types DROP CONSTRAINT broken")
    assert owner.signs_in() is not None
    assert counted(database, superuser_url) == before + 1


def test_without_the_database_nobody_signs_in_and_the_message_says_so(database: Database, away: Any) -> None:
    """A token without a clinic would keep them out for as long as it lives."""
    away(True)

    with pytest.raises(Exception, match=r"^The clinic can't be looked up just now. Sign in again.$"):
        Person().signs_in()


def test_who_was_invited_joins_that_clinic_at_the_first_sign_in_and_the_invitation_is_gone(
    database: Database, superuser_url: str, clinic: Clinic
) -> None:
    before = counted(database, superuser_url)
    invite(clinic, "new.person@example.com", "admin")
    person = invited("New.Person@Example.com")

    assert person.signs_in() == {"org_id": clinic.org_id, "role": "admin"}
    assert person.signs_in() == {"org_id": clinic.org_id, "role": "admin"}

    assert clinic.all("SELECT * FROM invitations") == []
    assert clinic.all("SELECT email, role FROM members WHERE user_id = %s", person.sub) == [
        ("new.person@example.com", "admin")
    ]
    assert clinic.all("SELECT change FROM audit_log WHERE action = 'member.joined'") == [
        ({"member": person.sub, "of": person.sub, "role": "admin"},)
    ]
    assert counted(database, superuser_url) == before


@pytest.mark.parametrize("verified", ["false", "", None, "1"])
def test_an_address_that_is_not_proven_opens_no_invitation(
    database: Database, superuser_url: str, clinic: Clinic, verified: str | None
) -> None:
    before = counted(database, superuser_url)
    invite(clinic, "new@example.com", "owner")
    mine: dict[str, str | None] = {"email_verified": verified, "custom:invited": "true"}

    assert Person("new@example.com", **mine).signs_in() is None

    assert clinic.all("SELECT email FROM invitations") == [("new@example.com",)]
    assert counted(database, superuser_url) == before


def test_an_invitation_that_ran_out_and_one_taken_back_let_nobody_in(
    database: Database, superuser_url: str, clinic: Clinic
) -> None:
    before = counted(database, superuser_url)
    invite(clinic, "late@example.com", expires="-1 second")

    assert invited("late@example.com").signs_in() is None
    assert invited("withdrawn@example.com").signs_in() is None

    assert counted(database, superuser_url) == before, "nor do they get a clinic of their own"


def test_a_member_stays_where_they_are_whoever_invites_them(
    database: Database, clinic: Clinic, harbour: Clinic
) -> None:
    invite(clinic, "new@example.com")
    person = invited("new@example.com")
    person.signs_in()
    invite(harbour, "new@example.com", "owner")

    assert person.signs_in() == {"org_id": clinic.org_id, "role": "viewer"}
    assert harbour.all("SELECT role FROM invitations") == [("owner",)]


def test_of_two_clinics_that_invite_the_first_gets_them(clinic: Clinic, harbour: Clinic) -> None:
    for one in (harbour, clinic):
        invite(one, "new@example.com")

    stamped = invited("new@example.com").signs_in()

    assert stamped == {"org_id": harbour.org_id, "role": "viewer"}
    assert len(clinic.all("SELECT FROM invitations")) == 1


def test_who_left_or_was_removed_is_let_in_nowhere(
    database: Database, superuser_url: str, clinic: Clinic
) -> None:
    owner = Person()
    owner.signs_up()
    [own] = clinics(database, owner.sub)
    own.do("INSERT INTO members (user_id, org_id, role) VALUES ('somebody-else', %s, 'owner')", own.org_id)
    stamped = owner.signs_in()
    invite(clinic, "new@example.com")
    person = invited("new@example.com")
    person.signs_in()
    before = counted(database, superuser_url)

    assert member(owner, stamped).delete("/members/me").status == 200
    assert Member(token()).delete(f"/members/{person.sub}").status == 200

    for gone in (owner, person):
        assert gone.signs_in() is None
        gone.signs_up("PostConfirmation_ConfirmForgotPassword")
        assert gone.signs_in() is None
        assert member(gone, None).get("/members").status == 403
    assert counted(database, superuser_url) == before
    assert own.all("SELECT user_id FROM members") == [("somebody-else",)]


def test_who_left_comes_back_when_invited_again(database: Database, clinic: Clinic) -> None:
    person = invited("new@example.com")
    for role in ("viewer", "admin"):
        invite(clinic, "new@example.com", role)
        assert person.signs_in() == {"org_id": clinic.org_id, "role": role}
        Member(token()).delete(f"/members/{person.sub}")


def test_a_changed_role_is_in_the_next_token(database: Database, clinic: Clinic) -> None:
    invite(clinic, "new@example.com")
    person = invited("new@example.com")
    person.signs_in()

    Member(token()).patch(f"/members/{person.sub}", {"role": "admin"})

    assert person.signs_in() == {"org_id": clinic.org_id, "role": "admin"}
