"""The whole stack on one machine: Postgres, the functions behind their HTTP API, stand-ins of AWS and Vapi.

What is served is read from the synthesised template, so what runs here is what deploys.
"""

import json
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Thread
from typing import IO, TYPE_CHECKING, Literal
from urllib.parse import urlsplit

import httpx

from frontdesk.agents import definitions
from frontdesk.db import migrate
from frontdesk.knowledge.embedding import ENCODER
from frontdesk.vapi.kinds import CREDENTIAL
from infra.packaging import REGION
from infra.routes import Template, invoked, routes, sources, timers, user_pool_triggers
from infra.template import SynthFailed, template
from local import addresses, child, demo, library, mailboxes, postgres
from local.addresses import Addresses, HmacPlan
from local.aws import Aws, Refused, send
from local.calendars import Calendars
from local.directory import claimed, kept_secret
from local.emrs import Emrs
from local.errors import LocalError
from local.gateway import Gateway, Invocations, Pool
from local.issuer import POOL_ID, Users
from local.tokens import CLIENT_ID, Signer, kept_key, member_token

if TYPE_CHECKING:
    from local.rie import Runtime

DATABASE = "frontdesk"

_ROOT = Path(__file__).parents[1]
_Say = Callable[[str], None]


def _silent(_: str) -> None:
    """Says nothing."""


@dataclass(frozen=True)
class Stack:
    """A running stack."""

    addresses: Addresses
    gateway: Gateway
    server: postgres.Server | None
    """None when Postgres is somebody else's (`FRONTDESK_DATABASE_URL`)."""

    def replace_edited(self) -> Iterator[str]:
        """Puts edits of functions, layers and infrastructure in place as they are saved; says so."""
        for why in self.gateway.changes(_ROOT / "functions", _ROOT / "layers", _ROOT / "infra"):
            try:
                self.gateway.start()
                yield f"{why}; functions replaced"
            except (LocalError, SynthFailed) as error:
                yield f"{why}; the functions stay as they were: {str(error).strip().splitlines()[-1]}"


@contextmanager
def running(
    directory: Path | None = None,
    *,
    port: int = 0,
    seed: Literal["demo", "none"] = "demo",
    runtime: Literal["inprocess", "rie"] = "inprocess",
    workers: int = 2,
    log: IO[bytes] | None = None,
    say: _Say = _silent,
) -> Generator[Stack]:
    """A stack that answers, ended whole with the block, whatever ends it.

    Args:
        directory: keeps data and secrets for the next start; without one all is gone at the end.
        port: of the HTTP API; 0 picks one.
        seed: the demo clinics, or none.
        runtime: functions in our own workers, or each in AWS's emulator.
        workers: environments of the functions, so calls answered at the same time.
        log: where functions write; the terminal if None.
        say: takes lines of progress.

    Raises:
        LocalError: one line that says what to do about it.
        SynthFailed: the infrastructure does not synthesise.
    """
    with ExitStack() as ends:
        home = ends.enter_context(claimed(directory))
        addresses.forget(home)
        secret = partial(kept_secret, home / "secrets")
        aws = Aws(log, secret("calendars-key"))
        ends.callback(aws.stop)

        def held() -> Template:
            return aws.hold(template())

        # AWS starts meanwhile too, if anything of the template needs it.
        synth = ends.enter_context(ThreadPoolExecutor(1)).submit(held)
        api, vapi, pool, calls = (ends.enter_context(child.listen(chosen)) for chosen in (port, 0, 0, 0))
        account = {
            "private_key": secret("vapi-private-key"),
            "credentials": [CREDENTIAL],
            "file": str(home / "vapi.json") if directory else None,
        }
        stand_in = child.Child("local.vapi_stand_in", vapi, account, log=log)
        ends.callback(stand_in.stop)
        calendars = Calendars(home if directory else None, secret, log)
        ends.callback(calendars.stop)
        emrs = Emrs(home if directory else None, secret, log) if seed == "demo" else None
        if emrs is not None:
            ends.callback(emrs.stop)

        since = _stopwatch()
        rie = _rie(home / "bundle") if runtime == "rie" else None
        server = None
        superuser_url = postgres.database_url_from_env()
        if superuser_url is None:
            server = ends.enter_context(postgres.running(home / "postgres", durable=directory is not None))
            superuser_url = server.superuser_url
        say(f"Postgres on {urlsplit(superuser_url).netloc.rpartition('@')[2]} ({since()})")
        owner_url, app_url = _database(superuser_url, secret("owner-password"), secret("app-password"))
        ran = migrate.migrate(owner_url)
        definitions.publish(owner_url)
        organizations = demo.seed(owner_url, emrs.servers) if emrs else []
        changed = f"{len(ran)} migrations run" if ran else "nothing to migrate"
        say(f"schema: {changed}; {len(organizations)} clinics ({since()})")

        key = kept_key(home / "secrets" / "issuer-key.pem")
        issuer = Signer(child.address(pool), key)
        users = home / "users.json"
        Users(users).make_owners(organizations)
        made = Addresses(
            api_url=child.address(api),
            vapi_url=child.address(vapi),
            vapi_private_key=secret("vapi-private-key"),
            vapi_secret=secret("vapi-secret"),
            vapi_hmac=HmacPlan(secret("vapi-hmac-secret")),
            database_url=owner_url,
            app_database_url=app_url,
            organizations=[{**one, "jwt": member_token(issuer, one["id"])} for one in organizations],
            issuer_url=issuer.url,
            calendar_urls=calendars.urls,
            emr_urls=emrs.urls if emrs else {},
        )
        found = synth.result()
        counted = (
            f"{len(routes(found))} routes, {len(timers(found))} schedules and {len(sources(found))} queues"
        )
        say(f"template with {counted} ({since()})")
        environment = (
            _environment(made)
            | aws.environment
            | calendars.environment
            | {"AWS_ENDPOINT_URL_LAMBDA": child.address(calls)}
        )
        made = replace(
            made,
            embedder=_embedder(environment, found),
            emr=_invoked(environment, found, "emr.connect", "FRONTDESK_EMR_CONNECT_FUNCTION"),
        )
        if emrs is not None:
            emrs.wait_until_ready()
            emrs.let_in(environment["AWS_ENDPOINT_URL"])
        gateway = Gateway(
            api,
            lambda: routes(held()),
            environment,
            timers=lambda: timers(held()),
            sources=lambda: sources(held()),
            pool=Pool(
                pool,
                lambda: user_pool_triggers(held()),
                {"url": issuer.url, "key": key, "users": str(users)},
            ),
            invocations=Invocations(calls, lambda: invoked(held())),
            rie=rie,
            workers=workers,
            log=log,
        )
        ends.callback(gateway.stop)
        gateway.start()
        stand_in.wait_until_ready()
        calendars.wait_until_ready()
        inside = " with AWS's emulators" if rie else ""
        say(f"functions in {workers} workers{inside} ({since()})")
        made.write(home)
        ends.callback(addresses.forget, home)
        if seed == "demo":
            Thread(target=_add_documents, args=[made, say], daemon=True).start()
            Thread(target=_connect_calendars, args=[made, found, say], daemon=True).start()
            _read_emrs(found)
        yield Stack(made, gateway, server)


def _add_documents(made: Addresses, say: Callable[[str], None]) -> None:
    """Nobody waits for it; what can't be added now is at the next start."""
    try:
        library.add(made)
    except (LocalError, httpx.HTTPError) as failed:
        say(f"the clinics' documents were not added: {failed}")


def _connect_calendars(made: Addresses, template: Template, say: Callable[[str], None]) -> None:
    """As with documents: what can't be connected now is at the next start."""
    try:
        queue_url = _queue_of(template, "functions.calendars.dispatch.")
        mailboxes.read_at_once(queue_url, mailboxes.connect(made))
    except (LocalError, httpx.HTTPError, OSError, Refused) as failed:
        say(f"the demo's calendars were not connected: {failed}")


def _read_emrs(template: Template) -> None:
    """Now: the clock would come by in a minute."""
    queue_url = _queue_of(template, "functions.emr.dispatch.")
    for org_id in (demo.WILLOW, demo.ASPEN):
        send(queue_url, {"org_id": org_id, "found_at": datetime.now(UTC).isoformat()})


def _queue_of(template: Template, dispatch: str) -> str:
    """The URL of the queue that a scheduled function sends to."""
    timer = next(one for one in timers(template) if one.handler.startswith(dispatch))
    return timer.environment["FRONTDESK_QUEUE_URL"] or ""


def _embedder(environment: Mapping[str, str], template: Template) -> dict[str, str]:
    """How a program that is none of the functions finds what makes vectors."""
    found = _invoked(environment, template, "knowledge.embed", "FRONTDESK_EMBED_FUNCTION")
    return found | {"FRONTDESK_EMBEDDING_MODEL": environment["FRONTDESK_EMBEDDING_MODEL"]}


def _invoked(environment: Mapping[str, str], template: Template, folder: str, name: str) -> dict[str, str]:
    """How such a program calls one of our functions, whose name that variable then says."""
    of = f"functions.{folder}."
    held = next((one.function for one in invoked(template) if one.handler.startswith(of)), "")
    return {one: value for one, value in environment.items() if one.startswith("AWS_")} | {name: held}


def _rie(bundle: Path) -> "Callable[[], Runtime]":
    """Fetches AWS's emulator; what is given back builds the bundle anew at each asking."""
    from local import rie

    fetched = rie.fetched()
    return lambda: rie.Runtime(fetched, rie.bundled(bundle).root)


def _environment(made: Addresses) -> dict[str, str]:
    """What functions are told here in place of what the template tells them."""
    return {
        "FRONTDESK_STAGE": "local",
        "FRONTDESK_DATABASE_URL": made.app_database_url,
        "FRONTDESK_VAPI_HMAC_SECRETS": json.dumps([made.vapi_hmac.secret]),
        "FRONTDESK_VAPI_SHARED_SECRETS": json.dumps([made.vapi_secret]),
        "FRONTDESK_ISSUERS": json.dumps([{"issuer": made.issuer_url, "audience": [CLIENT_ID]}]),
        "FRONTDESK_USER_POOL_ID": POOL_ID,
        "FRONTDESK_SIGN_IN_URL": made.issuer_url,
        "FRONTDESK_SIGN_IN_CLIENT_ID": CLIENT_ID,
        # The issuer answers what the function that invites asks Cognito for.
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": made.issuer_url,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "FRONTDESK_VAPI_PRIVATE_KEY": made.vapi_private_key,
        "FRONTDESK_VAPI_API_URL": made.vapi_url,
        "FRONTDESK_PUBLIC_URL": made.api_url,
        # No account at Bedrock is needed.
        "FRONTDESK_EMBEDDING_MODEL": ENCODER,
        "FRONTDESK_LIVE_CONTROL_HOSTS": json.dumps([urlsplit(made.vapi_url).hostname]),
    }


def _database(superuser_url: str, owner_password: str, app_password: str) -> tuple[str, str]:
    """Makes roles and database where they are missing; the URLs of the owner and of the functions."""
    migrate.bootstrap(
        superuser_url, database=DATABASE, owner_password=owner_password, app_password=app_password
    )
    host = urlsplit(superuser_url).netloc.rpartition("@")[2]
    return (
        f"postgresql://frontdesk_owner:{owner_password}@{host}/{DATABASE}",
        f"postgresql://frontdesk_app:{app_password}@{host}/{DATABASE}",
    )


def _stopwatch() -> Callable[[], str]:
    """Each asking gives the time since the last one, e.g. `0.6 s`."""
    last = time.monotonic()

    def since() -> str:
        nonlocal last
        before, last = last, time.monotonic()
        return f"{last - before:.1f} s"

    return since
