"""What goes wrong with a FHIR server, what it is told, and what others never see."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from frontdesk.emr.emr import Conflict, HealthCard, NoAnswer, NotAllowed, Opening, Unsupported
from frontdesk.emr.fhir import Fhir
from frontdesk.emr.fhir_login import Key, assertion, jwks
from frontdesk.emr.fhir_resources import patient, spellings
from frontdesk.emr.fhir_server import Strategy
from frontdesk.errors import DeadlineExceeded, FrontdeskError, ProviderFailed
from local import fhir
from tests.emr.contract import DAY, at, draft, newcomer, soon
from tests.emr.fhir_clinic import CLIENT, PROVIDER, Door, FhirClinic, described, key, staff_client
from tests.emr.tls import certificate
from tests.served import served

Make = Callable[[Strategy], FhirClinic]


@pytest.fixture(scope="module")
def door() -> Iterator[tuple[str, Door]]:
    door = Door()
    with served(door) as url:
        yield url, door


@pytest.fixture
def make(door: tuple[str, Door]) -> Iterator[Make]:
    url, way = door
    made: list[FhirClinic] = []

    def make(strategy: Strategy) -> FhirClinic:
        keys = (key("k-1"), key("k-0", "RSA"))
        way.begin(fhir.make({"strategy": strategy, "clients": {CLIENT: jwks(keys)}, "staff": "staff"}))
        world = FhirClinic(url, way, staff_client(url), described(f"{url}/fhir", strategy), keys)
        made.append(world)
        world.open()
        return world

    yield make
    for one in made:
        one.close()
        one.staff.close()
    assert way.wrong == []


@pytest.fixture
def world(make: Make) -> FhirClinic:
    return make("transaction")


@pytest.fixture
def jane(world: FhirClinic) -> str:
    return world.chart("Roe", "Jane", date(1988, 5, 6), phones=["604-555-0142"])


# ---------------------------------------------------------------------- the login


@pytest.mark.parametrize(("kind", "algorithm"), [("RSA", "RS384"), ("EC", "ES384")])
def test_a_proof_is_signed_by_the_key_that_is_published(kind: str, algorithm: str) -> None:
    ours = key(f"k-{kind}", kind)

    proof = assertion(ours, client_id="us", token_url="https://emr.example/token", now=time.time())

    published = jwt.PyJWKSet.from_dict(jwks([ours, key("other", kind)]))
    assert jwt.get_unverified_header(proof) == {"alg": algorithm, "kid": ours.id, "typ": "JWT"}
    claims = jwt.decode(
        proof, published[ours.id], algorithms=[algorithm], audience="https://emr.example/token"
    )
    assert claims["iss"] == claims["sub"] == "us"
    assert 0 < claims["exp"] - time.time() <= 300


def test_what_is_published_has_no_private_half() -> None:
    told = jwks([key("k-1"), key("k-0", "RSA")])["keys"]

    assert [(one["kid"], one["alg"], one["use"]) for one in told] == [
        ("k-1", "ES384", "sig"),
        ("k-0", "RS384", "sig"),
    ]
    assert not any(set(one) & {"d", "p", "q", "dp", "dq", "qi"} for one in told)


def test_a_key_of_another_curve_is_refused() -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    with pytest.raises(ValueError, match="P-384"):
        jwks([Key("k", pem)])


def test_a_token_is_asked_for_once_and_anew_shortly_before_its_end(world: FhirClinic) -> None:
    for _ in range(3):
        world.emr.providers(deadline=soon())
    assert tokens(world) == 1

    world.option(token_s=0.2)
    other = world.another()
    other.providers(deadline=soon())
    time.sleep(0.25)
    other.providers(deadline=soon())
    assert tokens(world) == 3


def test_a_login_that_ends_in_mid_call_is_renewed_once(world: FhirClinic, jane: str) -> None:
    world.emr.providers(deadline=soon())
    world.expire()

    made = world.emr.book(draft(world, jane, "09:30"), 1, deadline=soon())

    assert made.status == "booked"
    assert tokens(world) == 2
    assert world.standing() == 1


def test_a_login_that_is_always_refused_is_tried_no_third_time(world: FhirClinic) -> None:
    world.door.refuse = [("/Practitioner", 401)] * 5

    with pytest.raises(NotAllowed):
        world.emr.providers(deadline=soon())

    assert sum("/Practitioner" in path for _, path in world.door.requests) == 2


def test_a_right_that_is_missing_is_told_as_such(world: FhirClinic) -> None:
    world.door.refuse = [("/Patient", 403)]
    with pytest.raises(NotAllowed):
        world.emr.by_phone("+16045550142", deadline=soon())


def test_a_token_endpoint_elsewhere_is_not_asked(world: FhirClinic) -> None:
    """What a server's document says is no reason to send a proof to anybody."""
    other = Fhir(replace(world.server, base=f"{world.url}/fhir"), world.keys)
    world.door.inner = Elsewhere(world.door.inner)
    with pytest.raises(ProviderFailed, match="host is not allowed"):
        other.providers(deadline=soon())
    other.close()


class Elsewhere:
    """A server whose document names another's endpoint."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if not scope["path"].endswith("smart-configuration"):
            await self.inner(scope, receive, send)
            return
        body = b'{"token_endpoint": "http://10.0.0.7/token"}'
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


# ---------------------------------------------------------------------- patients


def test_names_and_numbers_stand_in_no_address(world: FhirClinic, jane: str) -> None:
    world.emr.by_phone("+16045550142", deadline=soon())
    world.emr.by_name("Roe", "Jane", birth_date=date(1988, 5, 6), deadline=soon())
    card = HealthCard("9876543217", "", "BC")
    world.emr.register(newcomer(health_card=card), deadline=soon())

    asked = " ".join(path for _, path in world.door.requests)
    assert not any(word in asked for word in ("Roe", "Jane", "0142", "1988", "Novak", "9876543217"))


def test_what_a_server_says_of_a_patient_is_in_no_error(world: FhirClinic, jane: str) -> None:
    world.door.inner = Chatty(world.door.inner)
    with pytest.raises(ProviderFailed) as raised:
        world.emr.by_name("Roe", "Jane", birth_date=None, deadline=soon())

    assert str(raised.value) == "status 422: invalid"
    assert "Roe" not in repr(raised.value.__cause__) + repr(raised.value.__context__)


class Chatty:
    """A server that repeats what it was asked."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if "/Patient" not in scope["path"]:
            await self.inner(scope, receive, send)
            return
        body = (
            b'{"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "invalid",'
            b' "diagnostics": "family=Roe is odd"}, {"code": "Jane Roe"}]}'
        )
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 422, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def test_who_has_that_card_already_is_not_registered_again(world: FhirClinic) -> None:
    card = HealthCard("9876543217", "", "BC")
    first = world.emr.register(newcomer(health_card=card), deadline=soon())

    again = world.emr.register(newcomer(first_name="Petya", health_card=card), deadline=soon())

    assert again.id == first.id
    assert first.health_card == card
    assert len(world.all("Patient")) == 1


def test_a_registration_at_a_server_that_nobody_registers_at_says_so(world: FhirClinic) -> None:
    world.emr.by_phone("+16045550142", deadline=soon())
    world.door.refuse = [("/fhir/Patient", 404)]
    with pytest.raises(ProviderFailed):
        world.emr.register(newcomer(), deadline=soon())


@pytest.mark.parametrize(
    "change",
    [
        {"deceasedDateTime": "2020"},
        {"deceasedBoolean": True},
        {"active": False},
        {"link": [{"type": "replaced-by", "other": {"reference": "Patient/2"}}]},
    ],
)
def test_who_died_left_or_was_merged_is_told_apart(change: dict[str, Any]) -> None:
    assert patient({"id": "1"}).is_active
    assert not patient({"id": "1", **change}).is_active


def test_a_chart_full_of_the_unexpected_is_read_for_what_it_has() -> None:
    odd: dict[str, Any] = {
        "id": "1",
        "name": [{"use": "old", "family": "Poe"}, {"family": "Roe", "given": ["Jane", None]}, "x"],
        "telecom": [{"system": "phone"}, {"system": "phone", "value": ""}, None, {"value": "604-555-0142"}],
        "birthDate": "1988",
        "gender": "?",
        "address": {"city": "Vancouver"},
        "extension": [{"url": "https://emr.example/x", "valueString": "x"}],
    }
    found = patient(odd)

    assert (found.last_name, found.first_name, found.birth_date) == ("Roe", "Jane", None)
    assert (found.phones, found.gender, found.address) == ((), "U", "")


def test_a_home_number_comes_first_and_an_old_one_not_at_all() -> None:
    telecom = [
        {"system": "phone", "use": "mobile", "value": "(604) 555-0143"},
        {"system": "phone", "use": "old", "value": "604-555-0144"},
        {"system": "phone", "use": "home", "value": "+1 604 555 0142"},
    ]
    assert patient({"id": "1", "telecom": telecom}).phones == ("+16045550142", "+16045550143")


def test_a_number_is_searched_as_people_write_it() -> None:
    spelled = set(spellings("+16045550142"))
    assert {"+16045550142", "6045550142", "604-555-0142", "(604) 555-0142", "604.555.0142"} <= spelled
    assert {"1-604-555-0142", "+1 604-555-0142", "tel:+1-604-555-0142"} <= spelled


# ---------------------------------------------------------------------- the diary


def test_a_booking_takes_four_requests_and_a_warm_days_look_two(world: FhirClinic, jane: str) -> None:
    world.emr.openings(PROVIDER, DAY, DAY, deadline=soon())
    before = len(world.door.requests)
    world.emr.visits(PROVIDER, DAY, DAY, deadline=soon())
    assert len(world.door.requests) == before + 2

    world.emr.book(draft(world, jane, "09:30"), 1, deadline=soon())
    assert len(world.door.requests) == before + 6


def test_pages_are_followed_at_the_same_server_alone(world: FhirClinic) -> None:
    world.option(page=4)
    assert len(world.emr.openings(PROVIDER, DAY, DAY, deadline=soon())) == 6

    for base in ("http://10.0.0.7/fhir", "http://127.0.0.1:1/fhir", f"{world.url}/other"):
        world.option(page=4, next_base=base)
        with pytest.raises(ProviderFailed, match="another server's"):
            world.emr.openings(PROVIDER, DAY, DAY, deadline=soon())


def test_elements_that_nobody_knows_are_kept_and_hurt_nothing(world: FhirClinic, jane: str) -> None:
    world.option(more={"_x": {"y": [1]}, "extension": [{"url": "https://emr.example/x", "valueCode": "y"}]})
    made = world.emr.book(draft(world, jane, "09:30"), 1, deadline=soon())

    assert world.emr.visits(PROVIDER, DAY, DAY, deadline=soon()) == [made]
    world.door.wrong.clear()  # what isn't R4 in it is the server's own


def test_a_server_without_roles_has_its_practitioners(world: FhirClinic) -> None:
    world.option(has_roles=False)
    there = {one.id: one for one in world.emr.providers(deadline=soon())}

    assert (there[PROVIDER].name, there[PROVIDER].is_active) == ("Dr. Wei Chen", True)
    assert not there["dr-left"].is_active


def test_a_provider_without_a_schedule_has_no_openings(world: FhirClinic) -> None:
    assert world.emr.openings("dr-left", DAY, DAY, deadline=soon()) == []
    assert world.emr.visits("dr-left", DAY, DAY, deadline=soon()) == []


def test_a_slot_that_is_taken_by_nobody_we_may_see_is_blocked(world: FhirClinic) -> None:
    world.put(world.get(f"Slot/slot-{DAY}-1") | {"status": "busy"})

    [blocked] = world.emr.visits(PROVIDER, DAY, DAY, deadline=soon())

    assert (blocked.start, blocked.end, blocked.patient_id) == (at(world, "09:30"), at(world, "10:00"), None)


def test_a_night_of_25_hours_is_a_whole_day(world: FhirClinic) -> None:
    """2026-11-01 in Toronto, whose clocks go back; a server may tell instants by any offset."""
    toronto = replace(world.server, zone=ZoneInfo("America/Toronto"))
    emr = Fhir(toronto, world.keys)
    first = datetime(2026, 11, 1, 4, tzinfo=UTC)  # midnight there
    for number, hours in enumerate((0, 24.5, 25)):
        start = first + timedelta(hours=hours)
        one = world.slot(f"dst-{number}", start, 30)
        one["start"] = start.astimezone(toronto.zone).isoformat()
        world.put(one)

    there = emr.openings(PROVIDER, date(2026, 11, 1), date(2026, 11, 1), deadline=soon())

    assert [one.start for one in there] == [first, first + timedelta(hours=24, minutes=30)]
    emr.close()


def test_a_slot_without_a_kind_is_an_opening_for_all(world: FhirClinic) -> None:
    one = world.get(f"Slot/slot-{DAY}-0")
    del one["serviceType"]
    world.put(one)
    start = at(world, "09:00")

    found = world.emr.openings(PROVIDER, DAY, DAY, deadline=soon())[0]

    assert found == Opening(start, start + timedelta(minutes=30), "", 30, 1)


# ---------------------------------------------------------------------- booking


def test_a_booking_takes_its_slots_and_gives_them_back(world: FhirClinic, jane: str) -> None:
    made = world.emr.book(draft(world, jane, "09:30", minutes=60), 1, deadline=soon())
    assert [world.slot_status(at(world, one)) for one in ("09:30", "10:00")] == ["busy", "busy"]

    moved = world.emr.move(made, draft(world, jane, "10:00", minutes=60), 1, deadline=soon())
    clocks = ("09:30", "10:00", "10:30")
    assert [world.slot_status(at(world, one)) for one in clocks] == ["free", "busy", "busy"]

    world.emr.cancel(moved, deadline=soon())
    assert {world.slot_status(at(world, one)) for one in clocks} == {"free"}


def test_staff_who_wrote_past_the_slots_keep_their_time(world: FhirClinic, jane: str) -> None:
    """The slot says free; only reading the day again shows that somebody is there."""
    there = world.staff_book(at(world, "09:30"), 30)
    world.put(world.get(f"Slot/slot-{DAY}-1") | {"status": "free"})

    with pytest.raises(Conflict):
        world.emr.book(draft(world, jane, "09:30"), 1, deadline=soon())

    standing = [one["id"] for one in world.all("Appointment") if one["status"] == "booked"]
    assert standing == [there]
    assert world.slot_status(at(world, "09:30")) == "free"


def test_a_move_onto_staff_who_wrote_past_the_slots_goes_back(world: FhirClinic, jane: str) -> None:
    made = world.emr.book(draft(world, jane, "09:30"), 1, deadline=soon())
    world.staff_book(at(world, "11:00"), 30)
    world.put(world.get(f"Slot/slot-{DAY}-4") | {"status": "free"})

    with pytest.raises(Conflict):
        world.emr.move(made, draft(world, jane, "11:00"), 1, deadline=soon())

    assert world.emr.visit(made.id, deadline=soon()).start == at(world, "09:30")
    assert [world.slot_status(at(world, one)) for one in ("09:30", "11:00")] == ["busy", "free"]


def test_a_time_outside_of_all_slots_is_refused(world: FhirClinic, jane: str) -> None:
    with pytest.raises(Conflict):
        world.emr.book(draft(world, jane, "11:45", minutes=30), 1, deadline=soon())
    assert world.all("Appointment") == []


def test_a_slot_that_changed_but_is_free_still_is_tried_once_more(world: FhirClinic, jane: str) -> None:
    world.emr.openings(PROVIDER, DAY, DAY, deadline=soon())
    world.door.inner = Touched(world)

    made = world.emr.book(draft(world, jane, "09:30"), 1, deadline=soon())

    assert made.start == at(world, "09:30")
    assert world.standing() == 1


def test_a_slot_that_went_between_our_look_and_our_write_is_not_written_over(
    world: FhirClinic, jane: str
) -> None:
    world.emr.openings(PROVIDER, DAY, DAY, deadline=soon())
    world.door.inner = Touched(world, status="busy-unavailable")

    with pytest.raises(Conflict):
        world.emr.book(draft(world, jane, "09:30"), 1, deadline=soon())

    assert world.all("Appointment") == []
    assert world.slot_status(at(world, "09:30")) == "busy-unavailable"


class Touched:
    """A server where somebody changes a slot between our look and our write."""

    def __init__(self, world: FhirClinic, *, status: str = "free") -> None:
        self.inner, self.is_done, self.status = world.door.inner, False, status

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["method"] == "POST" and scope["path"].rstrip("/") == "/fhir" and not self.is_done:
            self.is_done = True
            slot = self.inner.store.read("Slot", f"slot-{DAY}-1")
            self.inner.store.update({**slot, "status": self.status, "comment": "room 2"})
        await self.inner(scope, receive, send)


@pytest.mark.parametrize("strategy", ["transaction", "post_only", "operation"])
def test_a_booking_that_is_written_and_not_read_again_is_unsure_and_found(
    make: Make, strategy: Strategy
) -> None:
    world = make(strategy)
    jane = world.chart("Roe", "Jane", date(1988, 5, 6), phones=[])
    world.emr.visits(PROVIDER, DAY, DAY, deadline=soon())
    # The first search of visits looks for the mark; the second is the one after the write.
    world.door.inner = Failing(world.door.inner, after=1)

    with pytest.raises(NoAnswer):
        world.emr.book(draft(world, jane, "09:30"), 1, deadline=soon())
    made = world.emr.book(draft(world, jane, "09:30"), 1, deadline=soon())

    assert made.status == "booked"
    assert world.standing() == 1


class Failing:
    """A server that fails one search of visits."""

    def __init__(self, inner: Any, *, after: int) -> None:
        self.inner, self.left = inner, after

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"].endswith("/Appointment/_search"):
            self.left -= 1
            if self.left == -1:
                await send({"type": "http.response.start", "status": 500, "headers": []})
                await send({"type": "http.response.body", "body": b"<html>Jane Roe</html>"})
                return
        await self.inner(scope, receive, send)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_page_for_people_is_a_failed_provider_and_a_write_is_unsure(
    world: FhirClinic, jane: str, status: int
) -> None:
    world.emr.openings(PROVIDER, DAY, DAY, deadline=soon())
    world.door.refuse = [("/Slot", status)]
    with pytest.raises(ProviderFailed) as read:
        world.emr.openings(PROVIDER, DAY, DAY, deadline=soon())
    assert not isinstance(read.value, NoAnswer)

    visit = world.emr.book(draft(world, jane, "09:30"), 1, deadline=soon())
    world.door.inner = Refusing(world.door.inner, status)
    with pytest.raises(NoAnswer):
        world.emr.cancel(visit, deadline=soon())


class Refusing:
    """A server whose transactions end in a gateway."""

    def __init__(self, inner: Any, status: int) -> None:
        self.inner, self.status = inner, status

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"].rstrip("/") != "/fhir" or any(name == b"x-staff" for name, _ in scope["headers"]):
            await self.inner(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": b"<html></html>"})


def test_one_deadline_is_for_all_requests_of_a_call(world: FhirClinic, jane: str) -> None:
    world.emr.openings(PROVIDER, DAY, DAY, deadline=soon())
    world.be_slow(0.15)  # each of four would be in time by itself

    began = time.monotonic()
    with pytest.raises((DeadlineExceeded, NoAnswer)):
        world.emr.book(draft(world, jane, "09:30"), 1, deadline=soon(0.4))
    assert time.monotonic() - began < 0.6


def test_nothing_is_written_where_one_only_reads(make: Make) -> None:
    world = make("read_only")
    jane = world.chart("Roe", "Jane", date(1988, 5, 6), phones=[])
    there = world.staff_book(at(world, "09:30"), 30, patient_id=jane)
    visit = world.emr.visit(there, deadline=soon())
    wanted = draft(world, jane, "10:00")
    writes: list[Callable[[], object]] = [
        lambda: world.emr.book(wanted, 1, deadline=soon()),
        lambda: world.emr.move(visit, wanted, 1, deadline=soon()),
        lambda: world.emr.cancel(visit, deadline=soon()),
        lambda: world.emr.register(newcomer(), deadline=soon()),
    ]
    for write in writes:
        with pytest.raises(Unsupported):
            write()

    found = world.emr.capabilities(deadline=soon())
    assert not found.can & {"book", "move", "cancel", "register"}
    assert {"by_phone", "openings", "visits", "visits_of", "providers"} <= found.can


# ---------------------------------------------------------------------- connecting


def test_connecting_names_what_a_person_should_look_at(make: Make) -> None:
    world = make("post_only")
    other = Fhir(replace(world.server, strategy="transaction"), world.keys)

    found = other.capabilities(deadline=soon())

    assert found.name == "FHIR stand-in 1"
    assert "book" not in found.can
    assert any("transaction" in one for one in found.warnings)
    other.close()


def test_a_kind_that_may_not_be_read_is_named_at_connecting(world: FhirClinic) -> None:
    world.door.refuse = [("/Patient", 403)]
    found = world.emr.capabilities(deadline=soon())

    assert "by_phone" not in found.can
    assert any(one.startswith("Patient may not be read") for one in found.warnings)


def test_no_login_at_all_is_no_connection(world: FhirClinic) -> None:
    stranger = Fhir(replace(world.server, client_id="nobody"), world.keys)
    with pytest.raises(NotAllowed):
        stranger.capabilities(deadline=soon())
    stranger.close()


def test_an_address_inside_is_not_asked() -> None:
    inside = Fhir(described("http://10.0.0.7/fhir"), [key("k-1")])
    with pytest.raises(FrontdeskError):
        inside.providers(deadline=soon(2))


def tokens(world: FhirClinic) -> int:
    return sum(path.startswith("/token") for _, path in world.door.requests)


def test_a_certificate_counts_when_it_is_the_pinned_one(behind_tls: tuple[str, str]) -> None:
    url, trusted = behind_tls

    def failure(ca_pem: str | None) -> Exception:
        made = Fhir(replace(described(f"{url}/fhir"), ca_pem=ca_pem), (key("k-1"),))
        with pytest.raises(ProviderFailed) as failed:
            made.providers(deadline=soon())
        made.close()
        return failed.value

    assert not isinstance(failure(trusted), NotAllowed) or "certificate" not in str(failure(trusted))
    for other in (None, certificate()[0]):
        assert isinstance(failure(other), NotAllowed)
        assert "certificate" in str(failure(other))
