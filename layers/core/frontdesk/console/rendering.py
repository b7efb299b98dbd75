"""Templates into HTML. Everything that is filled in is escaped, what is translated too: it may be data."""

import hashlib
from collections.abc import Mapping
from functools import cache, partial
from gettext import NullTranslations
from pathlib import Path
from typing import Any, Final, cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from frontdesk.console import words
from frontdesk.speech.language import Language

ASSETS: Final = Path(__file__).parent / "assets"
_TEMPLATES: Final = Path(__file__).parent / "templates"


def render(template: str, language: Language, values: Mapping[str, Any]) -> str:
    """The template, filled, in that language."""
    return environment(language).get_template(template).render(values)


@cache
def environment(language: Language) -> Environment:
    """Jinja's, which raises for a name that a template has and nobody filled in."""
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    catalogue = words.catalogue(language)
    said, counted = partial(_said, catalogue), partial(_counted, catalogue)
    # Not `newstyle`, by which Jinja takes whatever is translated for HTML, and each `%` in it for a place to
    # fill: also in a name that somebody typed.
    cast("Any", made).install_gettext_callables(said, counted, newstyle=False)
    made.filters.update(words.filters(language))
    cast("dict[str, Any]", made.globals).update(asset=asset, language=language)
    return made


def _said(catalogue: NullTranslations, text: str, **values: object) -> Markup:
    """The text in that language; where there are values, they stand in it by their names, as `%(name)s`."""
    told = escape(catalogue.gettext(text))
    return told % values if values else told


def _counted(catalogue: NullTranslations, one: str, more: str, n: int, **values: object) -> Markup:
    """Likewise for `n` things, which is `%(num)s`."""
    return escape(catalogue.ngettext(one, more, n)) % {"num": n, **values}


@cache
def asset(name: str) -> str:
    """Where a browser finds a file of ours for as long as it stays what it is."""
    tag = hashlib.sha256((ASSETS / name).read_bytes()).hexdigest()[:12]
    return f"/console/assets/{name}?v={tag}"
