"""The verbs `frontdesk vapi`: what Vapi holds, as files, and the engine that makes the two equal."""

import json
import re
from collections.abc import Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import vapi_call, vapi_lint
from cli.explained import Misnamed, explained
from cli.vapi_place import RESOURCES, place, tree_root

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from frontdesk.vapi.api import Vapi
    from frontdesk.vapi.kinds import Kind
    from gitops.account import Account
    from gitops.comparison import Prefer
    from gitops.plan import Plan
    from gitops.state import State
    from gitops.tree import Tree
    from local.addresses import Addresses

app = typer.Typer(
    no_args_is_help=True,
    help="What Vapi holds, as files: look at it, push it, bring it back, call it."
    " VAPI_PRIVATE_KEY, VAPI_BASE_URL and BACKEND_URL say which account and which of our APIs;"
    " with --env local, a running `frontdesk dev` says so itself.",
)

_WRONG = 1
_CHANGES = 2

Words = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[TYPE or PATH]...",
        help="E.g. assistants, or assistants/router.md; everything that a call runs on if left out.",
    ),
]
Env = Annotated[str, typer.Option("--env", metavar="NAME", help="The environment; names the state file.")]
TreeRoot = Annotated[
    Path | None, typer.Option("--tree", metavar="DIR", help="The files; `resources` if left out.")
]
Data = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Of the running stack that --env local is about.")
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Write over what was edited at Vapi.")]
KeepRemote = Annotated[
    bool, typer.Option("--keep-remote", help="Leave what was edited at Vapi, and push the rest.")
]
Prune = Annotated[
    bool,
    typer.Option("--prune", help="Delete at Vapi what has no file any more, and tools with a successor."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")]


app.command()(vapi_call.call)
app.command()(vapi_lint.lint)


@dataclass(frozen=True)
class Session:
    """One tree, one account, one environment."""

    tree: "Tree"
    state: "State"
    account: "Account"
    vapi: "Vapi"
    variables: Mapping[str, str]


@app.command()
def plan(
    words: Words = None,
    env: Env = "local",
    tree: TreeRoot = None,
    data: Data = None,
    overwrite: Overwrite = False,
    keep_remote: KeepRemote = False,
    prune: Prune = False,
    as_json: AsJson = False,
) -> None:
    """Show, field by field, what a push would do. Exits 0: nothing, 2: something, 1: an error."""
    from cli import vapi_shown

    with explained(_WRONG):
        prefer = _prefer(overwrite, keep_remote)
        with _session(env, tree, data, words) as session:
            made = _plan(session, words, prefer=prefer, prune=prune)
        if as_json:
            typer.echo(json.dumps(vapi_shown.as_json(made), ensure_ascii=False))
        else:
            vapi_shown.show_plan(made)
            vapi_shown.console.print(vapi_shown.summary(made, "Nothing was written."))
    if made.problems:
        raise typer.Exit(_WRONG)
    raise typer.Exit(0 if made.is_empty else _CHANGES)


@app.command()
def push(
    words: Words = None,
    env: Env = "local",
    tree: TreeRoot = None,
    data: Data = None,
    overwrite: Overwrite = False,
    keep_remote: KeepRemote = False,
    prune: Prune = False,
    as_json: AsJson = False,
) -> None:
    """Make Vapi what the files say, writing only what differs. Exits 1 when anything is left to look at."""
    with explained(_WRONG):
        prefer = _prefer(overwrite, keep_remote)
        with _session(env, tree, data, words) as session:
            is_well = _push(session, words, prefer, prune=prune, as_json=as_json)
    raise typer.Exit(0 if is_well else _WRONG)


@app.command()
def pull(
    words: Words = None, env: Env = "local", tree: TreeRoot = None, data: Data = None, as_json: AsJson = False
) -> None:
    """Bring what was edited at Vapi into the files. What was edited on both sides is shown; then exits 1."""
    with explained(_WRONG), _session(env, tree, data, words) as session:
        is_well = _pull(session, words, as_json=as_json)
    raise typer.Exit(0 if is_well else _WRONG)


@app.command()
def apply(
    words: Words = None,
    env: Env = "local",
    tree: TreeRoot = None,
    data: Data = None,
    overwrite: Overwrite = False,
    keep_remote: KeepRemote = False,
    prune: Prune = False,
) -> None:
    """Pull, merge, push: after it, files and Vapi say the same, but for conflicts, which are shown."""
    with explained(_WRONG):
        prefer = _prefer(overwrite, keep_remote)
        with _session(env, tree, data, words) as session:
            _pull(session, words, as_json=False)
        with _session(env, tree, data, words) as session:
            is_well = _push(session, words, prefer, prune=prune, as_json=False)
    raise typer.Exit(0 if is_well else _WRONG)


@app.command()
def delete(
    resource: Annotated[str, typer.Argument(metavar="PATH", help="E.g. assistants/router.")],
    env: Env = "local",
    tree: TreeRoot = None,
    data: Data = None,
    dependents: Annotated[
        bool, typer.Option("--dependents", help="Also everything that refers to it.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
) -> None:
    """Delete a resource at Vapi and its file; refuses while something still refers to it."""
    from gitops import removal, state

    with explained(_WRONG), _session(env, tree, data, None) as session:
        key = removal.named(session.tree, session.state, resource)
        keys = [*(removal.dependents(session.tree, key) if dependents else []), key]
        names = ", ".join(f"{state.kind_of(each)}/{each[1]}" for each in keys)
        if not yes and not typer.confirm(f"Delete {names}, at Vapi ({session.vapi.host}) and the files?"):
            raise typer.Exit(_WRONG)
        removal.delete(session.vapi, session.tree, session.state, keys)
        typer.echo(f"deleted {names}")


@app.command()
def status(env: Env = "local", tree: TreeRoot = None, data: Data = None, as_json: AsJson = False) -> None:
    """List every resource: its file, what Vapi holds, whether they drifted apart, when they agreed."""
    from cli import vapi_shown
    from frontdesk.vapi.kinds import KINDS

    everything = [kind.folder for kind in KINDS]
    with explained(_WRONG), _session(env, tree, data, everything) as session:
        made = _plan(session, everything)
        if as_json:
            typer.echo(json.dumps(vapi_shown.status_rows(made), ensure_ascii=False))
        else:
            vapi_shown.show_status(made)


def push_squad(addresses: "Addresses", say: "Callable[[str], None]") -> None:
    """Pushes the repository's own tree to a stack that will be gone, and keeps no state of it.

    Raises:
        VapiFailed: something could not be pushed.
    """
    import tempfile
    import time

    from frontdesk.vapi.api import Vapi, VapiFailed
    from gitops import account, plan, state
    from gitops import tree as trees
    from gitops.files import ROOT
    from gitops.push import Push

    began = time.monotonic()
    with tempfile.TemporaryDirectory() as forgotten:
        vapi = Vapi(addresses.vapi_url, addresses.vapi_private_key)
        held = state.load(Path(forgotten), "demo")
        seen = account.look(vapi, _serving(), held.credentials)
        variables = {"BACKEND_URL": addresses.api_url}
        made = plan.make(trees.load(ROOT / RESOURCES), held, seen, variables)
        ended = list(Push(vapi, made).run())
        vapi.close()
    for outcome in ended:
        if not outcome.is_well:
            raise VapiFailed(f"{outcome.name}: {'; '.join(outcome.notes)}")
    say(f"squad: {len(ended)} resources pushed to Vapi's stand-in ({time.monotonic() - began:.1f} s)")


def _plan(
    session: Session, words: Iterable[str] | None, *, prefer: "Prefer | None" = None, prune: bool = False
) -> "Plan":
    from gitops import plan as plans
    from gitops.comparison import Prefer

    return plans.make(
        session.tree,
        session.state,
        session.account,
        session.variables,
        words=words or (),
        prefer=prefer or Prefer.NOBODY,
        is_pruning=prune,
    )


def _push(
    session: Session, words: Iterable[str] | None, prefer: "Prefer", *, prune: bool, as_json: bool
) -> bool:
    from cli import vapi_shown
    from gitops.push import Push

    made = _plan(session, words, prefer=prefer, prune=prune)
    ended = [*vapi_shown.followed(Push(session.vapi, made).run(), is_silent=as_json)]
    if as_json:
        typer.echo(json.dumps(vapi_shown.ended_json(ended, session.vapi), ensure_ascii=False))
    else:
        vapi_shown.show_end(made, ended, session.vapi)
    return all(outcome.is_well for outcome in ended)


def _pull(session: Session, words: Iterable[str] | None, *, as_json: bool) -> bool:
    from cli import vapi_shown
    from gitops import pull as pulls

    news = list(pulls.pull(session.tree, session.state, session.account, session.variables, words or ()))
    if as_json:
        typer.echo(json.dumps([vapi_shown.news_json(each) for each in news], ensure_ascii=False))
    else:
        vapi_shown.show_news(news)
    return not any(each.what is pulls.Pulled.CONFLICT for each in news)


def _prefer(overwrite: bool, keep_remote: bool) -> "Prefer":
    from gitops.comparison import Prefer

    if overwrite and keep_remote:
        raise Misnamed("--overwrite and --keep-remote exclude each other; give one of them")
    return Prefer.FILE if overwrite else Prefer.REMOTE if keep_remote else Prefer.NOBODY


@contextmanager
def _session(
    env: str, tree: Path | None, data: Path | None, words: Iterable[str] | None
) -> "Generator[Session]":
    """The files read and the account looked at, both at once."""
    from concurrent.futures import ThreadPoolExecutor

    from frontdesk.vapi.api import Vapi
    from gitops import account, plan, state
    from gitops import tree as trees

    if not re.fullmatch(r"[\w.-]+", env):
        raise Misnamed(f"--env is a name, such as prod, not {env!r}")
    root = tree_root(tree)
    address, variables = place(env, data)
    vapi = Vapi(*address)
    try:
        held = state.load(root, env)
        with ThreadPoolExecutor(1) as pool:
            # While Vapi answers, the files are read.
            looking = pool.submit(account.look, vapi, _serving(), held.credentials)
            read = trees.load(root)
            more = [kind for kind in plan.kinds_for(read, held, words or ()) if kind not in _serving()]
            seen = looking.result()
        if more:
            seen = seen.and_more(account.look(vapi, more, held.credentials, with_credentials=False))
        yield Session(read, held, seen, vapi, variables)
    finally:
        vapi.close()


def _serving() -> "tuple[Kind, ...]":
    from frontdesk.vapi.kinds import SERVING

    return SERVING
