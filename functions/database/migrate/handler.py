"""Lambda called in each deploy, before any other is changed: brings schema and tools up to date.

The owner's password is made here, used once and forgotten: between deploys nobody can sign in as
the owner. The master user, whom RDS looks after, only makes roles and the empty database.
"""

import json
import os
from secrets import token_urlsafe

import psycopg
from psycopg.conninfo import make_conninfo

from frontdesk import secrets
from frontdesk.agents import definitions
from frontdesk.db.migrate import bootstrap, migrate
from frontdesk.logs import described, logger
from frontdesk.organizations import test_clinic
from frontdesk.settings import settings


def handler(event: object, context: object) -> list[str]:  # noqa: ARG001 - Lambda's signature
    """The names of the migrations that ran now."""
    given = settings()
    master = json.loads(secrets.read(os.environ["FRONTDESK_MASTER_SECRET_ARN"]))
    password = token_urlsafe(32)
    try:
        bootstrap(
            _as(master["username"], master["password"], "postgres"),
            database=given.database_name,
            owner_password=password,
            app_password=None,
        )
        owner_url = _as("frontdesk_owner", password, given.database_name)
        ran = migrate(owner_url)
        definitions.publish(owner_url)
        if given.test_clinic:
            test_clinic.furnish(owner_url)
    except psycopg.Error as error:
        # Its text may hold a row; the deploy log is no place for one.
        logger.error("the migration failed", extra=described(error))
        raise RuntimeError("the migration failed; the log has Postgres' code and constraint") from None
    logger.info("migrated", extra={"ran": ran})
    return ran


def _as(user: str, password: str, database: str) -> str:
    """How to sign in to the stack's database."""
    given = settings()
    tls = {"sslmode": "verify-full", "sslrootcert": "/opt/rds-ca.pem"} if given.database_auth == "iam" else {}
    return make_conninfo(
        host=given.database_host,
        port=given.database_port,
        dbname=database,
        user=user,
        password=password,
        **tls,
    )
