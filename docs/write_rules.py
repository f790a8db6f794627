"""Write `docs/rules.md`: every rule a file or a figure can break, from the code itself. Run it by `make rules`."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from expectations.suites import DATASET_SUITES
from expectations.suites.dossiers import DOSSIERS
from expectations.suites.marts import MART_SUITES
from ingestion.annex_refusing import _WORDS as ANNEX_WORDS
from ingestion.dossiers.layout import _WORDS as DOSSIER_HEADING_WORDS
from ingestion.dossiers.reading import WORDS as DOSSIER_WORDS
from ingestion.landing.refusing import WORDS as LANDING_WORDS
from ingestion.portal.refusing import WORDS as PORTAL_WORDS
from ingestion.readers.refusing import _WORDS as READER_WORDS
from warehouse.home import PROJECT_ROOT

ALL_WORDS = (READER_WORDS, ANNEX_WORDS, DOSSIER_HEADING_WORDS, DOSSIER_WORDS, PORTAL_WORDS, LANDING_WORDS)
_RULE = re.compile(r"[a-z]+(_[a-z]+)+")
TARGET = PROJECT_ROOT / "docs" / "rules.md"
_HEAD = """# Rules

Made from the code by `make rules`; the names are stable and stand in every refusal, quarantined row and check.

## A file is refused

Nothing of it enters; its bytes stay in the archive and `reform quarantine list` says what to do. (Cả tệp bị từ chối.)

| rule | tiếng Việt | English |
|---|---|---|
"""
_SEVERITY = {
    "block": "the batch is refused",
    "quarantine": "the row waits, the rest enters",
    "warn": "enters, and is reported",
}


def _words(node: ast.expr) -> str:
    """The text of a literal; what is filled in at run time is shown as an ellipsis."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_words(part) if isinstance(part, ast.Constant) else "…" for part in node.values)
    return ""


def refusals() -> dict[str, tuple[str, str]]:
    """Rule -> (vi, en) of every way a whole file is refused: the tables of words, and refusals written in place."""
    found = {rule: (vi, en) for words in ALL_WORDS for rule, (en, vi, _) in words.items()}
    for path in sorted((PROJECT_ROOT / "ingestion").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                named = {word.arg: _words(word.value) for word in node.keywords if word.arg}
                named_rule = named.get("rule") or next(filter(_RULE.fullmatch, map(_words, node.args)), None)
                if named_rule and named.get("text_en"):
                    found.setdefault(named_rule, (named.get("text_vi", ""), named["text_en"]))
    return dict(sorted(found.items()))


def page() -> str:
    """The whole page."""
    lines = [f"| `{rule}` | {vi} | {en} |" for rule, (vi, en) in refusals().items()]
    text = _HEAD + "\n".join(lines) + "\n\n## A figure is judged\n"
    seen: set[str] = set()
    suites = [(suite.name, suite) for suite in (*DATASET_SUITES.values(), DOSSIERS, *MART_SUITES)]
    for name, suite in suites:
        rows = [rule for rule in suite.rules if name.startswith("mart_") or rule.rule_id not in seen]
        seen |= {rule.rule_id for rule in suite.rules}
        if not rows:
            continue
        beyond = " (beyond the rules above)" if len(rows) < len(suite.rules) else ""
        text += (
            f"\n### {name}{beyond}\n\n| rule | what happens | tiếng Việt | English | source |\n|---|---|---|---|---|\n"
        )
        text += "".join(
            f"| `{rule.rule_id}` | {_SEVERITY[rule.severity]} | {rule.text_vi} | {rule.text_en} "
            f"| {rule.rule_source} |\n"
            for rule in rows
        )
    return text


def main(target: Path = TARGET) -> None:
    """Write the page."""
    target.write_text(page(), "utf-8")


if __name__ == "__main__":
    main()
