"""Signing in and out, and what a browser has to show before anybody sees anything."""

import base64
import hashlib
import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from frontdesk.settings import settings
from infra import discovery
from local import demo
from tests.clinic import Clinic
from tests.console.browsing import HOST, Browser, asked_of
from tests.member import token
from tests.tools import visits

TODAY = "/console/today"
AGAIN = "/console/sign-in?to=%2Fconsole%2Ftoday"


@dataclass
class Pool:
    """A user pool's token endpoint, which gives `access` for what it knows."""

    url: str = ""
    access: str = ""
    status: int = 200
    asked: list[dict[str, str]] = field(default_factory=list[dict[str, str]])


@contextmanager
def pool() -> Generator[Pool]:
    made = Pool()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
            made.asked.append({"path": self.path} | {name: texts[0] for name, texts in sent.items()})
            self.send_response(made.status)
            self.end_headers()
            self.wfile.write(f'{{"access_token": "{made.access}", "refresh_token": "kept-anew"}}'.encode())

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    made.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def at_pool(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pool]:
    with pool() as made:
        monkeypatch.setenv("FRONTDESK_SIGN_IN_URL", made.url)
        monkeypatch.setenv("FRONTDESK_SIGN_IN_CLIENT_ID", "the-client")
        monkeypatch.setenv("FRONTDESK_PUBLIC_URL", f"https://{HOST}")
        settings.cache_clear()
        made.access = token()
        yield made
        settings.cache_clear()


def signed_in(browser: Browser, to: str = TODAY) -> str:
    """Where a browser lands after it has signed in at the pool."""
    state = asked_of(browser.get(f"/console/sign-in?to={quote(to, safe='')}").to)["state"]
    return browser.get(f"/console/callback?code=the-code&state={state}").to


def test_whoever_has_no_session_is_sent_to_sign_in_and_back(at_pool: Pool) -> None:
    browser = Browser()
    assert browser.get(TODAY).to == AGAIN

    going = asked_of(browser.get(AGAIN).to)

    assert going["redirect_uri"] == f"https://{HOST}/console/callback"
    assert going["code_challenge_method"] == "S256"
    back = browser.get(f"/console/callback?code=the-code&state={going['state']}")
    assert back.to == TODAY
    assert browser.follow(back).status == 200
    assert at_pool.asked[0]["grant_type"] == "authorization_code"


def test_what_is_sent_for_a_code_proves_who_began(at_pool: Pool) -> None:
    browser = Browser()
    going = asked_of(browser.get("/console/sign-in").to)
    browser.get(f"/console/callback?code=the-code&state={going['state']}")
    verifier = at_pool.asked[0]["code_verifier"]
    hashed = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    assert hashed == going["code_challenge"]
    assert "__Host-sign-in" not in browser.cookies, "good once"


@pytest.mark.parametrize("state", ["", "another", "é"])
def test_a_code_that_comes_with_another_state_signs_nobody_in(at_pool: Pool, state: str) -> None:
    browser = Browser()
    browser.get("/console/sign-in")

    seen = browser.get(f"/console/callback?code=somebody-elses&state={quote(state)}")

    assert seen.status == 400
    assert "__Host-session" not in browser.cookies
    assert at_pool.asked == []


def test_a_code_without_a_sign_in_that_was_begun_here_signs_nobody_in(at_pool: Pool) -> None:
    assert Browser().get("/console/callback?code=somebody-elses&state=x").status == 400
    assert Browser({"__Host-sign-in": "%%%"}).get("/console/callback?code=c&state=x").status == 400
    assert at_pool.asked == []


@pytest.mark.parametrize(
    "to",
    [
        "https://evil.example/console/today",
        "//evil.example/console/today",
        "/\\evil.example",
        "/console/../../evil",
        "javascript:alert(1)",
        "/console/callback?code=x",
        "http:/console/today",
        "/console/today\r\nset-cookie: a=b",
        "",
    ],
)
def test_nobody_is_sent_elsewhere_after_signing_in(at_pool: Pool, to: str) -> None:
    landed = signed_in(Browser(), to)
    assert urlsplit(landed).netloc == ""
    assert landed.startswith("/console/")
    assert not {"\r", "\n"} & set(landed)
    assert "evil" not in urlsplit(landed).path or landed == "/console/../../evil"


def test_a_session_that_is_over_is_renewed_in_passing(at_pool: Pool) -> None:
    browser = Browser({"__Host-session": token(exp=1), "__Host-refresh": "the-old-one"})

    assert browser.get(TODAY).status == 200

    assert at_pool.asked[0] == {
        "path": "/oauth2/token",
        "grant_type": "refresh_token",
        "client_id": "the-client",
        "refresh_token": "the-old-one",
    }
    assert browser.cookies["__Host-session"] == at_pool.access
    assert browser.cookies["__Host-refresh"] == "kept-anew"


def test_a_session_that_the_pool_ended_leads_to_signing_in(at_pool: Pool) -> None:
    at_pool.status = 400
    browser = Browser({"__Host-session": token(exp=1), "__Host-refresh": "the-old-one"})
    assert browser.get(TODAY).to == AGAIN


def test_while_the_pool_is_away_nobody_is_signed_out(at_pool: Pool) -> None:
    at_pool.status = 500
    browser = Browser({"__Host-session": token(exp=1), "__Host-refresh": "the-old-one"})
    assert browser.get(TODAY).status == 503
    assert browser.cookies["__Host-refresh"] == "the-old-one"


def test_what_was_typed_when_the_session_ended_is_kept_and_can_be_sent(clinic: Clinic) -> None:
    [(notice,)] = clinic.all(
        "INSERT INTO notifications (org_id, kind, of) VALUES (%s, 'booked', 'a visit') RETURNING id",
        clinic.org_id,
    )
    path = f"/console/today/notices/{notice}/seen"
    browser = Browser({"__Host-session": token(exp=1)})

    seen = browser.post(path, {"words": '"What I typed" <b>'})

    assert seen.status == 401
    assert seen.form(path)["words"] == ['"What I typed" <b>']
    browser.cookies["__Host-session"] = token()  # they signed in beside it
    assert browser.post(path, seen.form(path)).to.startswith(TODAY)
    assert clinic.all("SELECT read_at IS NOT NULL FROM notifications WHERE id = %s", notice) == [(True,)]


def test_who_signs_out_has_nothing_left(at_pool: Pool) -> None:
    browser = Browser()
    signed_in(browser)

    seen = browser.post("/console/sign-out")

    assert seen.to.startswith(f"{at_pool.url}/logout?client_id=the-client")
    assert browser.cookies == {}


@pytest.mark.parametrize("status", [200, 500])
def test_who_signs_out_leaves_nothing_to_be_renewed(at_pool: Pool, status: int) -> None:
    """A copy of the cookies would else be good for a month. Though the pool is away, this browser's go."""
    browser = Browser()
    signed_in(browser)
    at_pool.status = status

    seen = browser.post("/console/sign-out")

    revoked = {"path": "/oauth2/revoke", "client_id": "the-client", "token": "kept-anew"}
    assert at_pool.asked[-1] == revoked
    assert (seen.status, browser.cookies) == (303, {})


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_a_form_from_elsewhere_does_nothing(clinic: Clinic, headers: dict[str, str]) -> None:
    assert Browser.of().post("/console/sign-out", headers=headers).status == 403


@pytest.mark.parametrize("sent", ["", "another", "é"])
def test_a_form_without_the_browsers_own_token_does_nothing(clinic: Clinic, sent: str) -> None:
    for route in routes_of("POST"):
        browser = Browser.of()
        assert browser.post(route, {"csrf": sent}).status == 403, route
    nobody = Browser.of()
    nobody.cookies["__Host-csrf"] = ""
    assert nobody.post("/console/sign-out", {"csrf": ""}).status == 403


def routes_of(method: str) -> list[str]:
    """Every path of the console that is asked by this method, with something in place of its braces."""
    all_routes = [route for console in discovery.consoles().values() for route in console.routes]
    return [re.sub(r"\{\w+\}", "1", route.split(" ")[1]) for route in all_routes if route.startswith(method)]


def test_what_somebody_typed_is_text_on_a_page_also_where_it_is_translated(clinic: Clinic) -> None:
    """An admin's words, on a page that the owner looks at."""
    name = "<img src=x> 100% of"
    clinic.do("UPDATE providers SET name = %s WHERE id = 100", name)
    visit = visits.insert(clinic, visits.at("10:00"), patient=visits.id_of(clinic, "John"))
    clinic.do(
        "INSERT INTO notifications (org_id, kind, appointment_id) VALUES (%s, 'booked', %s)",
        clinic.org_id,
        visit,
    )

    seen = Browser.of().get(TODAY)

    assert name in seen.page.xpath("string(//section[@aria-labelledby='by-desk'])")
    assert seen.page.xpath("//img[@src='x']") == []


def test_every_page_says_what_may_be_loaded_and_is_kept_by_nobody(clinic: Clinic) -> None:
    browser = Browser.of()
    pages = [path for path in routes_of("GET") if path not in ("/console/sign-in", "/console/callback")]
    for path in pages:
        headers = browser.get(path).headers
        if path.startswith("/console/assets/"):
            continue
        assert headers["cache-control"] == "no-store", path
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["strict-transport-security"].startswith("max-age=63072000"), path
        assert headers["x-frame-options"] == "DENY", path
        if "text/html" in headers.get("content-type", ""):
            policy = headers["content-security-policy"]
            assert "default-src 'none'" in policy, path
            assert "frame-ancestors 'none'" in policy, path
            assert "unsafe" not in policy, path


def test_no_page_is_shown_to_a_member_of_no_clinic_or_one_who_was_removed(clinic: Clinic) -> None:
    assert Browser.of(None).get(TODAY).status == 403
    assert Browser.of(sub="nobody-of-this-clinic").get(TODAY).status == 403
    assert Browser.of(demo.HARBOUR).get(TODAY).status == 200


def test_files_are_kept_for_good_and_nothing_else_lies_there(clinic: Clinic) -> None:
    seen = Browser().get("/console/assets/console.css")
    assert (seen.status, seen.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert "immutable" in seen.headers["cache-control"]
    for name in ("nothing.css", "..%2fserving.py", "console.css%00", "console.py"):
        assert Browser().get(f"/console/assets/{name}").status == 404, name


def test_the_language_is_the_browsers_until_another_is_chosen(clinic: Clinic) -> None:
    browser = Browser(language="zh-CN,zh;q=0.9,en;q=0.8")
    assert 'lang="zh-Hans"' in browser.get("/console").text
    assert 'lang="en"' in browser.get("/console?lang=en").text
    assert 'lang="en"' in browser.get("/console").text
    assert 'lang="en"' in Browser(language="fr").get("/console?lang=<script>").text


def test_a_page_that_was_seen_is_not_sent_again(clinic: Clinic) -> None:
    browser = Browser.of()
    tag = browser.get(TODAY).headers["etag"]
    assert browser.get(TODAY, headers={"if-none-match": tag}).status == 304
    clinic.do("INSERT INTO notifications (org_id, kind, of) VALUES (%s, 'booked', 'a visit')", clinic.org_id)
    assert browser.get(TODAY, headers={"if-none-match": tag}).status == 200


def test_a_page_shown_again_with_what_was_typed_is_asked_for_anew_where_it_stands(clinic: Clinic) -> None:
    seen = Browser.of().post("/console/today/notices/4711/seen")
    assert seen.status == 404
    assert seen.page.xpath("//body/@data-here") == [TODAY]
    assert seen.page.xpath("//a[@hreflang]/@href") == [f"{TODAY}?lang=zh"]
