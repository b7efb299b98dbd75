"""Pictures of every page of the console, into docs/screens/: made, not taken by hand.

    python -m local.screens            every page; a minute or two
    python -m local.screens today      those whose name begins so

A stack that leaves nothing behind, some calls that are played to it, and the machine's Chromium.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Page, sync_playwright

from infra import discovery
from local import chromium, scripts
from local.addresses import Addresses
from local.player import Player
from local.stack import running

FOLDER = Path(__file__).parents[1] / "docs" / "screens"
OWNER = "owner@maple.example"
_PLAYED = (
    "booking",
    "booking_chinese",
    "new_patient",
    "reschedule",
    "cancel",
    "knowledge",
    "waitlist",
    "booking",
    "promise_broken",
)
_DESK, _PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 780}


class Shot(NamedTuple):
    """One picture."""

    name: str
    path: str
    how: dict[str, Any]


def paths() -> list[str]:
    """Every page that needs no id, but those that lead elsewhere."""
    found = [route.split(" ") for one in discovery.consoles().values() for route in one.routes]
    elsewhere = ("/console", "/console/callback", "/console/sign-in")
    return sorted(
        path for method, path in found if method == "GET" and "{" not in path and path not in elsewhere
    )


def shots(some: list[str]) -> Iterator[Shot]:
    """Every page on a desk; a few as they are on a phone, in the dark, and in Chinese."""
    for path in some:
        name = re.sub(r"[^a-z]+", "-", path.removeprefix("/console/"))
        # A rehearsal says nothing before it has begun.
        yield Shot(name, f"{path}?step=4" if path.endswith("/rehearsal") else path, {})
    yield Shot("calls-one", "/console/calls", {})
    yield Shot("settings-rules", "/console/settings/rules", {})
    yield Shot("welcome", "/console", {})
    for path in ("today", "diary"):
        dark_phone = {"viewport": _PHONE, "color_scheme": "dark", "device_scale_factor": 2}
        yield Shot(f"{path}-phone", f"/console/{path}", dark_phone)
    for path in ("today", "settings"):
        yield Shot(f"{path}-zh", f"/console/{path}", {"locale": "zh-CN"})


def make(wanted: list[str], say: Any) -> int:
    """Makes the pictures whose names begin with one of those, or all; how many were made."""
    path = chromium.ready()
    if path is None:
        raise SystemExit("no Chromium here, and none could be installed; name one by FRONTDESK_CHROMIUM")
    FOLDER.mkdir(exist_ok=True)
    count = 0
    with running(None, port=0, seed="demo", say=say) as stack, sync_playwright() as playwright:
        for name in _PLAYED:
            say(f"playing {name}")
            for _ in Player(scripts.load(name), stack.addresses).play():
                pass
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for shot in shots(paths()):
            if wanted and not any(shot.name.startswith(one) for one in wanted):
                continue
            how: dict[str, Any] = {"viewport": _DESK, "locale": "en-CA", **shot.how}
            context = browser.new_context(**how)
            page = context.new_page()
            _open(page, stack.addresses, shot)
            page.screenshot(path=FOLDER / f"{shot.name}.png")
            say(f"docs/screens/{shot.name}.png")
            count += 1
            context.close()
        browser.close()
    return count


def _open(page: Page, addresses: Addresses, shot: Shot) -> None:
    if shot.path == "/console":
        page.goto(f"{addresses.api_url}/console")
        return
    page.goto(f"{addresses.api_url}/console/sign-in?to=/console/calls")
    page.get_by_role("button", name=OWNER).click()
    page.wait_for_url("**/console/calls")
    if shot.name == "calls-one":
        page.locator("main .list a, main table a").first.click()
    else:
        page.goto(addresses.api_url + shot.path)
    page.wait_for_load_state()


def main() -> None:
    """The command above."""
    parser = argparse.ArgumentParser(prog="python -m local.screens", description=__doc__)
    parser.add_argument("names", nargs="*")
    made = make(parser.parse_args().names, print)
    sys.exit(0 if made else "no page has such a name")


if __name__ == "__main__":
    main()
