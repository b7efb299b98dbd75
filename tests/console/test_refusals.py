"""What is wrong with what was typed is said in the reader's own language, at the field, whatever is wrong."""

import re
from collections.abc import Iterator

import pytest
from moto import mock_aws
from pydantic import ValidationError
from pydantic_core import InitErrorDetails
from pydantic_core._pydantic_core import list_all_errors

from frontdesk import aws
from frontdesk.console import refusals
from frontdesk.settings import settings
from infra.packaging import REGION
from tests.clinic import Clinic
from tests.console.browsing import Browser, Seen

_ENGLISH = re.compile(r"[A-Za-z']+[ ,]+[A-Za-z']+[ ,]+[A-Za-z']+")
_JUNK = ("", "x" * 5_000, "-1", "99999999", "12:77", "2026-02-31")
_PAGES = (
    "/console/setup/organization",
    "/console/setup/providers",
    "/console/setup/documents",
    "/console/setup/agent",
    "/console/setup/number",
    "/console/knowledge",
    "/console/agent",
    "/console/settings",
    "/console/settings/booking",
    "/console/settings/privacy",
    "/console/settings/outbound",
    "/console/settings/members",
    "/console/settings/numbers",
    "/console/settings/people",
    "/console/settings/types",
)


@pytest.fixture
def around(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with mock_aws():
        aws.client.cache_clear()
        monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
        aws.client("s3").create_bucket(
            Bucket="a-store", CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        aws.client("events").create_event_bus(Name="frontdesk-test")
        monkeypatch.setenv("FRONTDESK_STORE", "a-store")
        monkeypatch.setenv("FRONTDESK_EVENT_BUS", "frontdesk-test")
        settings.cache_clear()
        yield
    aws.client.cache_clear()
    settings.cache_clear()


@pytest.mark.parametrize("kind", [one["type"] for one in list_all_errors()])
def test_each_kind_of_error_there_is_has_words_in_both_languages(kind: str) -> None:
    [known] = [one for one in list_all_errors() if one["type"] == kind]
    error: InitErrorDetails = {"type": kind, "loc": ("field",), "input": "typed"}
    if context := known.get("example_context"):
        error["ctx"] = context
    invalid = ValidationError.from_exception_data("typed", [error])

    problem = refusals.of(invalid)

    [said] = refusals.why("zh", problem, "field")
    assert re.search("[\u4e00-\u9fff]", said)
    assert not _ENGLISH.search(said)
    [english] = refusals.why("en", problem, "field")
    assert "%(" not in said + english


@pytest.mark.parametrize("path", _PAGES)
def test_nothing_wrong_is_said_in_english_on_a_chinese_page(path: str, clinic: Clinic, around: None) -> None:
    browser = Browser.of()
    browser.language = "zh-CN"
    page = browser.get(path)
    assert page.status == 200
    refused = 0
    for action in _forms(page):
        fields = page.form(action)
        for name in sorted(fields.keys() - {"csrf", "version", "agentId", "agent", "provider"}):
            for junk in _JUNK:
                seen = browser.post(action, {**fields, name: junk})
                shown = seen.status >= 400 and seen.page.xpath(
                    "//*[@name=$name][not(@type='hidden')]", name=name
                )
                if not shown:  # taken; or what was taken before has made this another page
                    continue
                refused += 1
                said = _said(seen)
                assert said, (action, name, junk[:10])
                for text in said:
                    assert not _ENGLISH.search(text), (action, name, junk[:10], text)
    assert refused


def _forms(page: Seen) -> list[str]:
    """Where forms lead that change something and take nothing away."""
    ends = ("/sign-out", "/delete", "/remove", "/detach", "/disconnect", "/google", "/outlook", "/unblock")
    actions = page.page.xpath("//form[@method='post']/@action")
    return [str(one) for one in dict.fromkeys(actions) if not one.split("?")[0].endswith(ends)]


def _said(seen: Seen) -> list[str]:
    """What is marked at fields, and what stands on top alone."""
    at_fields = [one.text_content() for one in seen.page.xpath("//p[@class='wrong'][@id]")]
    on_top = [one.text_content().strip() for one in seen.page.xpath("//div[@role='alert']/p")]
    is_marked = any("请看标出的地方" in text for text in on_top)
    # Besides "look at what is marked" and "nothing was saved" something says what it is.
    return at_fields + on_top if at_fields or len(on_top) > 2 or not is_marked else []
