"""dbt's documentation as a page that holds no script, style or data of its own, beside the files that do.

    dbt.html                 the page dbt ships, its inline parts taken out
    dbt/app.js, *.woff       dbt's application and its fonts
    dbt/data.js              the project, manifest and catalog; and the styles of the application's templates
    dbt/strict.js            what lets the application run under `warehouse.page_policy`

dbt's own static page holds all of it inline, so a description with `</script>` in it would end the script, and no
policy worth the name would let it run.
"""

from __future__ import annotations

import json
import re
import shutil
from base64 import b64decode
from hashlib import sha256
from pathlib import Path

from warehouse.errors import EnvironmentBroken

_STRICT = Path(__file__).parent / "templates" / "dbt_strict.js"
_SCRIPT = re.compile(r"<script defer=\"defer\">(?P<content>.*?)</script>", re.DOTALL)
#: Of a template; AngularJS's own, `element("<style>").text(…)`, stays: under `ng-csp` it is never used.
_STYLE = re.compile(r"<style>(?!\")(?P<content>.*?)</style>", re.DOTALL)
_BROKEN_ICON = re.compile(r"<link rel=\"(?:shortcut icon|canonical)\"[^>]*>")
_STYLE_ATTRIBUTE = re.compile(r"(?<= )style ?= ?(?=\\?[\"'])")
#: The address of an icon, filled in later: a browser must not ask for it before.
_UNFILLED_ICON = re.compile(r"xlink:href=(?=\\?[\"']\{\{)")
_FONT = re.compile(r"data:font/(?P<kind>\w+);base64,(?P<content>[A-Za-z0-9+/=]+)")
_HIDDEN = '<div style="display:none">'
_PLACES = {"manifest": '"MANIFEST.JSON INLINE DATA"', "catalog": '"CATALOG.JSON INLINE DATA"'}
_ESCAPED = {r"\n": "\n", r"\"": '"', r"\'": "'", r"\\": "\\"}


def write_dbt_page(target: Path, folder: Path) -> None:
    """Write `dbt.html` and `dbt/` into `folder`, from what `dbt docs generate` left in `target`.

    Raises:
        EnvironmentBroken: the page of this version of dbt is made otherwise than the one known here.
    """
    page = (target / "index.html").read_text("utf-8")
    scripts = _SCRIPT.findall(page)
    if len(scripts) != 1 or _HIDDEN not in page or any(place not in page for place in _PLACES.values()):
        raise EnvironmentBroken(
            f"{target / 'index.html'} is not the page of dbt docs this code knows: keep dbt-core at the version of "
            "requirements.lock, or adapt warehouse/dbt_page.py"
        )
    application, styles = _split(scripts[0])
    parts = folder / "dbt"
    parts.mkdir()
    application = _FONT.sub(lambda found: _font(found, parts), application)
    head = (
        '<script src="dbt/strict.js"></script>\n<script defer src="dbt/data.js"></script>\n'
        '<script defer src="dbt/app.js"></script>'
    )
    page = _SCRIPT.sub(lambda _: head, page, count=1)
    page = _BROKEN_ICON.sub("", page).replace(_HIDDEN, "<div hidden>").replace("<html ", "<html ng-csp ", 1)
    (parts / "app.js").write_text(application, "utf-8")
    (parts / "data.js").write_text(_data(target, styles), "utf-8")
    shutil.copyfile(_STRICT, parts / "strict.js")
    (folder / "dbt.html").write_text(page, "utf-8")


def _split(application: str) -> tuple[str, str]:
    """The application without the styles of its templates, and those styles."""
    styles = dict.fromkeys(_unescaped(found) for found in _STYLE.findall(application))
    application = _STYLE.sub("", application)
    application = _STYLE_ATTRIBUTE.sub("data-style=", application)
    application = _UNFILLED_ICON.sub("ng-attr-href=", application)
    for name, place in _PLACES.items():
        application = application.replace(place, f"window.dbtDocs.{name}")
    return application, "\n".join(styles)


def _font(found: re.Match[str], folder: Path) -> str:
    """Write a font to a file of its own; returns its address, seen from the page."""
    content = b64decode(found["content"])
    name = f"{sha256(content).hexdigest()[:12]}.{found['kind']}"
    (folder / name).write_bytes(content)
    return f"{folder.name}/{name}"


def _unescaped(text: str) -> str:
    """The text of a JavaScript string literal, whichever quotes it stands in."""
    return re.sub(r"\\[n\"'\\]", lambda found: _ESCAPED[found[0]], text)


def _data(target: Path, styles: str) -> str:
    parts = {name: json.loads((target / f"{name}.json").read_text("utf-8")) for name in _PLACES}
    parts["styles"] = styles
    return f"window.dbtDocs = {json.dumps(parts, ensure_ascii=False, separators=(',', ':'))};\n"
