"""Who is in and who is invited: what each role may do, and that a clinic keeps an owner."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import boto3  # pyright: ignore[reportMissingTypeStubs]
import psycopg
import pytest
from moto import mock_aws

from frontdesk.settings import settings
from local import demo
from local.tokens import member_id
from tests.clinic import Clinic
from tests.conftest import Database
from tests.issuer import serving
from tests.member import Member, token
from tests.members import crowd
from tests.members.cognito import invited
from tests.members.crowd import Crowd

OWNER = Member(token())
MANY = 8


@pytest.fixture(scope="module")
def many() -> Iterator[Crowd]:
    with crowd.waiting(MANY) as made:
        yield made


@pytest.fixture
def pool(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A user pool of moto's, with the attributes that ours has; gives a question: who is in it."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ca-central-1")
    # With its session kept, boto3 reads what Cognito takes and gives once, not for each client.
    with mock_aws(config={"core": {"reset_boto3_session": False}}):
        cognito = cast("Any", boto3.client("cognito-idp"))  # pyright: ignore[reportUnknownMemberType]
        pool_id = cognito.create_user_pool(
            PoolName="members",
            UsernameAttributes=["email"],
            Schema=[{"Name": "invited", "AttributeDataType": "String", "Mutable": True}],
        )["UserPool"]["Id"]
        monkeypatch.setenv("FRONTDESK_USER_POOL_ID", pool_id)
        settings.cache_clear()

        def users() -> list[dict[str, str]]:
            found = cognito.list_users(UserPoolId=pool_id)["Users"]
            return [{one["Name"]: one["Value"] for one in user["Attributes"]} for user in found]

        yield users


def member(clinic: Clinic, role: str, name: str = "") -> Member:
    """Somebody of that role."""
    sub = name or f"a-{role}"
    clinic.do("INSERT INTO members (user_id, org_id, role) VALUES (%s, %s, %s)", sub, clinic.org_id, role)
    return Member(token(clinic.org_id, sub=sub))


def roles(clinic: Clinic) -> list[tuple[str, str]]:
    return clinic.all("SELECT user_id, role FROM members ORDER BY user_id")


def invitation(clinic: Clinic, email: str = "somebody@example.com") -> str:
    [(made,)] = clinic.all(
        "INSERT INTO invitations (org_id, email, role, invited_by) VALUES (%s, %s, 'viewer', 'x')"
        " RETURNING id::text",
        *(clinic.org_id, email),
    )
    return made


def audited(clinic: Clinic, action: str) -> list[dict[str, Any]]:
    return [change for (change,) in clinic.all("SELECT change FROM audit_log WHERE action = %s", action)]


def test_members_are_listed_for_each_of_them_and_of_their_own_clinic(clinic: Clinic, harbour: Clinic) -> None:
    viewer = member(clinic, "viewer")

    for who in (OWNER, viewer):
        answer = who.get("/members")
        assert answer.status == 200
        assert [(one["id"], one["role"]) for one in answer.body["members"]] == [
            (member_id(clinic.org_id), "owner"),
            ("a-viewer", "viewer"),
        ]
    [other] = Member(token(demo.HARBOUR)).get("/members").body["members"]
    assert other["id"] == member_id(harbour.org_id)


@pytest.mark.parametrize(
    ("role", "method", "path", "body"),
    [
        ("viewer", "POST", "/members/invitations", {"email": "new@example.com", "role": "viewer"}),
        ("viewer", "GET", "/members/invitations", None),
        ("viewer", "DELETE", "/members/invitations/{invitation}", None),
        ("viewer", "PATCH", "/members/{owner}", {"role": "viewer"}),
        ("viewer", "PATCH", "/members/a-viewer", {"role": "owner"}),
        ("viewer", "DELETE", "/members/{owner}", None),
        ("admin", "POST", "/members/invitations", {"email": "new@example.com", "role": "owner"}),
        ("admin", "PATCH", "/members/{owner}", {"role": "viewer"}),
        ("admin", "PATCH", "/members/a-admin", {"role": "owner"}),
        ("admin", "DELETE", "/members/{owner}", None),
    ],
)
def test_what_a_role_may_not_do_is_403_and_changes_nothing(
    clinic: Clinic, pool: Any, role: str, method: str, path: str, body: Any
) -> None:
    who, made = member(clinic, role), invitation(clinic)
    before = roles(clinic)

    answer = who.ask(method, path.format(owner=member_id(clinic.org_id), invitation=made), body)

    assert answer.status == 403
    assert roles(clinic) == before
    assert clinic.all("SELECT id::text FROM invitations") == [(made,)]
    assert pool() == []


def test_a_role_that_was_lowered_counts_at_once_though_the_token_says_otherwise(clinic: Clinic) -> None:
    admin = member(clinic, "admin")
    assert admin.get("/members/invitations").status == 200

    OWNER.patch("/members/a-admin", {"role": "viewer"})

    assert admin.get("/members/invitations").status == 403


def test_who_is_invited_is_a_user_of_the_pool_marked_as_invited(clinic: Clinic, pool: Any) -> None:
    admin = member(clinic, "admin")

    answer = admin.post("/members/invitations", {"email": " New.Person@Example.com ", "role": "admin"})

    assert (answer.status, answer.body["email"]) == (201, "new.person@example.com")
    assert (answer.body["role"], answer.body["isMailed"]) == ("admin", True)
    [user] = pool()
    assert (user["email"], user["email_verified"]) == ("new.person@example.com", "true")
    assert user["custom:invited"] == "true"
    [listed] = admin.get("/members/invitations").body["invitations"]
    assert listed.items() <= answer.body.items()
    assert audited(clinic, "invitation.made") == [{"member": "a-admin", "role": "admin"}]
    stands_for = clinic.all("SELECT expires_at - created_at = interval '14 days' FROM invitations")
    assert stands_for == [(True,)]


def test_a_clinic_invites_twenty_times_a_day(clinic: Clinic, pool: Any) -> None:
    clinic.do(
        "INSERT INTO audit_log (org_id, action, outcome, at)"
        " SELECT %s, 'invitation.made', 'done', now() - n * interval '1 hour' FROM generate_series(1, 19) n",
        clinic.org_id,
    )
    statuses = [
        OWNER.post("/members/invitations", {"email": f"new-{n}@example.com", "role": "viewer"}).status
        for n in range(2)
    ]
    [other] = [one["email"] for one in pool()]
    assert (statuses, other) == ([201, 409], "new-0@example.com")

    clinic.do("UPDATE audit_log SET at = at - interval '1 day'")
    again = {"email": "new-1@example.com", "role": "viewer"}
    assert OWNER.post("/members/invitations", again).status == 201


def test_a_second_invitation_renews_the_first(clinic: Clinic) -> None:
    first = OWNER.post("/members/invitations", {"email": "new@example.com", "role": "viewer"}).body
    clinic.do("UPDATE invitations SET expires_at = now() - interval '1 day'")
    assert OWNER.get("/members/invitations").body["invitations"] == []

    second = OWNER.post("/members/invitations", {"email": "new@example.com", "role": "owner"}).body

    [listed] = OWNER.get("/members/invitations").body["invitations"]
    assert (listed["id"], listed["role"]) == (first["id"], "owner")
    assert second["expiresAt"] > first["expiresAt"]


def test_who_is_in_already_is_not_invited(clinic: Clinic, pool: Any) -> None:
    clinic.do("UPDATE members SET email = 'owner@example.com'")

    answer = OWNER.post("/members/invitations", {"email": "OWNER@example.com", "role": "viewer"})

    assert (answer.status, pool()) == (409, [])


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"email": "new@example.com"},
        {"email": "new@example.com", "role": "king"},
        {"email": "nobody", "role": "viewer"},
        {"email": "a@b@c", "role": "viewer"},
        {"email": "a b@example.com", "role": "viewer"},
        {"email": "a\u0000@example.com", "role": "viewer"},
        {"email": f"{'x' * 70}@example.com", "role": "viewer"},
        {"email": "new@example.com", "role": "viewer", "orgId": demo.HARBOUR},
    ],
)
def test_an_invitation_that_cant_be_read_is_refused_by_its_field(
    clinic: Clinic, pool: Any, body: Any
) -> None:
    answer = OWNER.post("/members/invitations", body)

    assert answer.status in (400, 422)
    assert answer.body["errors"]
    assert "example.com" not in str(answer.body)
    assert (clinic.all("SELECT FROM invitations"), pool()) == ([], [])


def test_when_the_mail_can_not_go_out_nobody_is_invited_and_that_is_said(
    clinic: Clinic, pool: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRONTDESK_USER_POOL_ID", "ca-central-1_NotThere0")
    settings.cache_clear()

    answer = OWNER.post("/members/invitations", {"email": "new@example.com", "role": "viewer"})

    assert (answer.status, answer.body["detail"]) == (
        503,
        "The mail could not be sent, so nobody was invited. Try again.",
    )
    assert clinic.all("SELECT FROM invitations") == []
    assert clinic.all("SELECT FROM audit_log") == []


def test_a_pool_that_does_not_answer_is_waited_for_3_s_at_most(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving() as silent:
        silent.delay_s = 10
        for name, value in {
            "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": silent.url,
            "AWS_DEFAULT_REGION": "ca-central-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "FRONTDESK_USER_POOL_ID": "ca-central-1_Silent000",
        }.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        began = time.monotonic()

        answer = OWNER.post("/members/invitations", {"email": "new@example.com", "role": "viewer"})

        assert time.monotonic() - began < 6, "3 s, and a client's first making"
    assert (answer.status, len(silent.asked)) == (503, 1)
    assert clinic.all("SELECT FROM invitations") == []


def test_a_stage_without_a_pool_invites_and_says_that_nobody_was_mailed(clinic: Clinic) -> None:
    answer = OWNER.post("/members/invitations", {"email": "new@example.com", "role": "viewer"})

    assert (answer.status, answer.body["isMailed"]) == (201, False)


def test_an_invitation_can_be_taken_back_once_and_by_its_own_clinic_only(
    clinic: Clinic, harbour: Clinic
) -> None:
    made = invitation(clinic)

    assert Member(token(demo.HARBOUR)).delete(f"/members/invitations/{made}").status == 404
    assert OWNER.delete(f"/members/invitations/{made}").body == {"id": made}
    assert OWNER.delete(f"/members/invitations/{made}").status == 404
    assert OWNER.delete("/members/invitations/not-an-id").status == 404
    assert invited("somebody@example.com").signs_in() is None
    assert audited(clinic, "invitation.withdrawn") == [{"member": member_id(clinic.org_id)}]


def test_an_owner_gives_roles_and_may_lower_themself_when_another_is_there(clinic: Clinic) -> None:
    member(clinic, "viewer")

    assert OWNER.patch("/members/a-viewer", {"role": "owner"}).body == {"id": "a-viewer", "role": "owner"}
    mine = member_id(clinic.org_id)
    assert OWNER.patch(f"/members/{mine}", {"role": "viewer"}).status == 200
    assert OWNER.patch("/members/a-viewer", {"role": "viewer"}).status == 403, "not an owner any more"
    assert sorted(role for _, role in roles(clinic)) == ["owner", "viewer"]
    assert audited(clinic, "member.role_changed")[0] == {"member": mine, "of": "a-viewer", "role": "owner"}


def test_another_clinics_member_can_be_neither_changed_nor_removed(clinic: Clinic, harbour: Clinic) -> None:
    theirs = f"/members/{member_id(harbour.org_id)}"

    assert OWNER.patch(theirs, {"role": "viewer"}).status == 404
    assert OWNER.delete(theirs).status == 404
    assert OWNER.delete("/members/nobody").status == 404
    assert roles(harbour) == [(member_id(harbour.org_id), "owner")]


def test_anybody_may_leave_and_their_token_is_worth_nothing_after_that(clinic: Clinic) -> None:
    for role in ("viewer", "admin"):
        who = member(clinic, role)
        assert who.delete("/members/me").body == {"id": f"a-{role}"}
        assert who.get("/members").status == 403
        assert who.delete("/members/me").status == 403
    assert len(roles(clinic)) == 1
    assert audited(clinic, "member.left") == [
        {"member": "a-viewer", "of": "a-viewer"},
        {"member": "a-admin", "of": "a-admin"},
    ]


@pytest.mark.parametrize("id", ["%00", "\0", "a-viewer\0", "é", "9" * 400])
def test_an_id_that_nobody_can_have_is_404(clinic: Clinic, id: str) -> None:
    member(clinic, "viewer")

    assert OWNER.patch(f"/members/{id}", {"role": "admin"}).status == 404
    assert OWNER.delete(f"/members/{id}").status == 404
    assert ("a-viewer", "viewer") in roles(clinic)


def test_an_owner_removes_somebody(clinic: Clinic) -> None:
    who = member(clinic, "admin")

    assert OWNER.delete("/members/a-admin").status == 200

    assert who.get("/members").status == 403
    [entry] = audited(clinic, "member.removed")
    assert entry == {"member": member_id(clinic.org_id), "of": "a-admin"}


def test_the_last_owner_can_neither_go_nor_be_lowered(clinic: Clinic) -> None:
    member(clinic, "admin")
    mine = member_id(clinic.org_id)

    for answer in (
        OWNER.delete("/members/me"),
        OWNER.delete(f"/members/{mine}"),
        OWNER.patch(f"/members/{mine}", {"role": "admin"}),
    ):
        assert (answer.status, "at least one owner" in answer.body["detail"]) == (409, True)
    assert OWNER.patch(f"/members/{mine}", {"role": "owner"}).status == 200, "as they are"
    assert set(roles(clinic)) == {(mine, "owner"), ("a-admin", "admin")}
    assert audited(clinic, "member.left") == []


def test_of_many_owners_who_leave_in_the_same_instant_one_stays(
    clinic: Clinic, database: Database, many: Crowd
) -> None:
    names = [f"owner-{number}" for number in range(MANY)]
    for name in names:
        member(clinic, "owner", name)
    clinic.do("DELETE FROM members WHERE user_id = %s", member_id(clinic.org_id))
    leaving = [(token(clinic.org_id, sub=name), "DELETE", "/members/me") for name in names]

    answers = many.at_once(database.app_url, leaving)

    assert Counter(answer.status for answer in answers) == {200: MANY - 1, 409: 1}
    assert len(roles(clinic)) == 1


def test_an_owner_who_goes_waits_for_one_who_is_going(clinic: Clinic, database: Database) -> None:
    """Neither sees that the other is gone before it is committed; so one looks after the other."""
    member(clinic, "owner", "the-other")
    claims = json.dumps({"app_metadata": {"org_id": clinic.org_id}})
    leave = "DELETE FROM members WHERE user_id = %s"
    with (
        psycopg.connect(database.app_url) as one,
        psycopg.connect(database.app_url) as other,
        ThreadPoolExecutor(1) as at_once,
    ):
        for connection in (one, other):
            connection.execute("SELECT set_config('request.jwt.claims', %s, false)", [claims])
        one.execute(leave, ["the-other"])
        going = at_once.submit(other.execute, leave, [member_id(clinic.org_id)])
        time.sleep(0.2)
        assert not going.done()

        one.commit()

        with pytest.raises(psycopg.errors.CheckViolation):
            going.result(10)
    assert len(roles(clinic)) == 1
