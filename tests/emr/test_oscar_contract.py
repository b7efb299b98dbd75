"""OSCAR does what any EMR must, in each of its flavours, wherever its server believes to be."""

import pytest

from tests.emr.contract import Contract
from tests.emr.oscars import OscarWorld, Place


class TestOscar(Contract):
    @pytest.fixture
    def world(self, oscar: OscarWorld) -> OscarWorld:
        return oscar


class TestOpenO(Contract):
    @pytest.fixture
    def world(self, oscar_at: Place) -> OscarWorld:
        return oscar_at.world("openo", cxf=3, server_zone="America/Vancouver")


class TestJuno(Contract):
    @pytest.fixture
    def world(self, oscar_at: Place) -> OscarWorld:
        return oscar_at.world("juno", cxf=3, server_zone="America/Toronto")
