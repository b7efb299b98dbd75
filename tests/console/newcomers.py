"""Somebody who has just signed their clinic up, and the browser they do the rest in."""

import psycopg

from tests.clinic import Clinic
from tests.conftest import Database
from tests.console.browsing import Browser
from tests.members.cognito import Person


def signed_up(database: Database, name: str = "Birch Clinic") -> tuple[Clinic, Browser]:
    """Their clinic, which has what a sign-up makes and nothing else."""
    owner = Person(**{"custom:clinic_name": name})
    owner.signs_up()
    with psycopg.connect(database.app_url) as app:
        found = app.execute("SELECT directory.organization_of_member(%s)::text", [owner.sub]).fetchone()
    assert found is not None
    return Clinic(database.owner_url, org_id=found[0]), Browser.of(found[0], sub=owner.sub)
