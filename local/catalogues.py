"""The console's words: reads them out of templates and code into gettext's catalogues, and compiles those.

    python -m local.catalogues            brings the .po up to date, keeps translations, makes the .mo
    python -m local.catalogues --check    says what isn't translated, or isn't made anew

Babel's, as in any project; what translators edit is `locales/zh/LC_MESSAGES/console.po`.
"""

import argparse
import ast
import inspect
import io
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Literal, get_args

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from frontdesk.calls.wire import Flag, Outcome, TransferReason
from frontdesk.console import words
from frontdesk.errors import Declined
from frontdesk.knowledge import documents
from frontdesk.knowledge.reading import sniff
from frontdesk.notifications import inbox
from frontdesk.scheduling import statuses
from functions.calendars.connections.handler import WHY
from infra import discovery

_CONSOLE = Path(words.__file__).parent
_ROOT = Path(__file__).parents[1]
_FOLDERS = (_CONSOLE, _ROOT / "functions" / "console")
_ALWAYS = datetime(2026, 1, 1, tzinfo=UTC)
"""A catalogue says when it was made: so that the same words make the same file."""
_RAISED = ("Problem", "Unknown", "Stale", "Declined")
_FIELD = re.compile(r"[a-z]\w*")
_METHODS = [("templates/**.html", "jinja2.ext:babel_extract"), ("**.py", "python")]
_OPTIONS = {"templates/**.html": {"trimmed": "false", "silent": "false"}}


def found() -> Catalog:
    """Every text that templates and code show, each with where it stands."""
    made = Catalog(project="frontdesk", charset="utf-8", fuzzy=False)
    for folder in _FOLDERS:
        for name, line, message, comments, context in extract_from_dir(
            folder, method_map=_METHODS, options_map=_OPTIONS, comment_tags=("Translators:",)
        ):
            place = (folder / name).relative_to(_ROOT).as_posix()
            made.add(message, None, [(place, line)], auto_comments=comments, context=context)
    for text in _of_the_domain():
        made.add(text, None, [("the domain", 1)])
    return made


def _of_the_domain() -> Iterator[str]:
    """What pages show and no template has: notices, names of closed sets, why something is not so."""
    for folder, console in discovery.consoles().items():
        for one in (folder, *console.uses):
            import_module(f"functions.{one.replace('/', '.')}.handler")
    yield from documents.FAILURES.values()
    yield from sniff.FOUND
    yield from WHY.values()
    yield from _refusals()
    yield from (*inbox.TITLES.values(), *inbox.FORMS)
    for names in (Outcome, Flag, TransferReason, *(Literal[one.to] for one in statuses.DECISIONS.values())):
        yield from (name.replace("_", " ") for name in get_args(names))
    yield from {fact for one in _below(Declined) if isinstance(fact := one.__dict__.get("fact"), str)}


def _refusals() -> Iterator[str]:
    """Sentences that errors are raised with, and others, in what has been imported: what pages call, too."""
    for name, module in sorted(sys.modules.items()):
        if name.partition(".")[0] in ("frontdesk", "functions") and module.__file__:
            source = inspect.getsource(module) if Path(module.__file__).stat().st_size else ""
            for node in ast.walk(ast.parse(source)):
                yield from _sentences(node, is_model="_validator" in source or "AfterValidator" in source)


def _sentences(node: ast.AST, *, is_model: bool) -> Iterator[str]:
    match node:
        case ast.Call(func=ast.Name(id="worded"), args=[ast.Constant(value=str(text))]):
            yield text
            return
        case ast.Call(func=ast.Name(id=name), args=args) if name in _RAISED:
            told = args
        case ast.Call(func=ast.Name(id="ValueError"), args=args) if is_model:
            told = args
        # A field and what is wrong with it.
        case ast.Tuple(elts=[ast.Constant(value=str(field)), told_of]) if _FIELD.fullmatch(field):
            told = [told_of]
        case _:
            return
    for each in told:
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and " " in each.value:
            yield each.value


def _below(kind: type[Declined]) -> Iterator[type[Declined]]:
    for one in kind.__subclasses__():
        yield one
        yield from _below(one)


def brought_up_to_date(file: Path, template: Catalog) -> Catalog:
    """The translations of that file, of what there is to translate today."""
    with file.open("rb") as opened:
        kept = read_po(opened, locale=file.parts[-3])
    kept.update(template, no_fuzzy_matching=True)
    kept.obsolete.clear()
    return kept


def untranslated(catalogue: Catalog) -> Iterator[str]:
    """What readers of that language would see in English."""
    for message in catalogue:
        texts = message.string if isinstance(message.string, tuple | list) else [message.string]
        if message.id and not all(texts):
            yield str(message.id)


def files() -> list[Path]:
    """The translations there are."""
    return sorted(words.LOCALES.glob(f"*/LC_MESSAGES/{words.DOMAIN}.po"))


def _as_bytes(catalogue: Catalog) -> tuple[bytes, bytes]:
    """As .po, without lines' numbers, which change with every edit; and as .mo."""
    po, mo = io.BytesIO(), io.BytesIO()
    catalogue.header_comment = "# What the console says, in another language."
    catalogue.creation_date = catalogue.revision_date = _ALWAYS
    catalogue.project, catalogue.version, catalogue.fuzzy = "frontdesk", "console", False
    write_po(po, catalogue, width=100, sort_output=True, include_lineno=False)
    write_mo(mo, catalogue)
    return po.getvalue(), mo.getvalue()


def main() -> int:
    """The command above."""
    parser = argparse.ArgumentParser(prog="python -m local.catalogues", description=__doc__)
    parser.add_argument("--check", action="store_true")
    is_check = parser.parse_args().check
    template, wrong = found(), 0
    for file in files():
        catalogue = brought_up_to_date(file, template)
        missing = list(untranslated(catalogue))
        made = dict(zip((file, file.with_suffix(".mo")), _as_bytes(catalogue), strict=True))
        is_old = any(not path.exists() or path.read_bytes() != text for path, text in made.items())
        if is_check:
            print(*(f"{file.parts[-3]}: not translated: {text}" for text in missing), sep="\n", end="")  # noqa: T201
            if is_old:
                print(f"{file.relative_to(_ROOT)}: run python -m local.catalogues")  # noqa: T201
            wrong += is_old or bool(missing)
            continue
        for path, text in made.items():
            path.write_bytes(text)
        print(f"{file.relative_to(_ROOT)}: {len(catalogue)} texts, {len(missing)} not translated")  # noqa: T201
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
