"""One browser and one stack for all tests that look at pages."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from local.stack import Stack
from tests.console.in_a_browser import window


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with window.launched() as made:
        yield made


@pytest.fixture(scope="package")
def stack() -> Iterator[Stack]:
    with window.stack() as made:
        yield made
