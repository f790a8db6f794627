"""Write `docs/reference/commands.md` and `tables.md` from the code itself. Run it by `make reference`."""

from __future__ import annotations

import re
from typing import Any, cast

import typer
import typer.core
import yaml

from cli.main import app
from warehouse.home import DBT_PROJECT_DIR, PROJECT_ROOT
from warehouse.table_texts import OWN_TABLES

FOLDER = PROJECT_ROOT / "docs" / "reference"
_SEPARATOR = "— Tiếng Việt: "


def command_tree() -> typer.core.TyperGroup:
    """The `reform` command with all commands below it."""
    return cast(typer.core.TyperGroup, typer.main.get_command(app))


def commands_page() -> str:
    """Every command with its arguments and options, in the words `--help` has."""
    parts = [
        "# Commands\n\nMade from the help of the commands themselves by `make reference`. `reform` is "
        "`.venv/bin/reform`. Exit codes: 0 done, 1 the data was refused, 2 wrong use, 3 the environment is broken.\n"
    ]
    _add_commands(parts, command_tree(), ("reform",))
    return "\n".join(parts)


def _add_commands(parts: list[str], command: Any, path: tuple[str, ...]) -> None:
    if isinstance(command, typer.core.TyperGroup):
        for name in sorted(command.commands):
            _add_commands(parts, command.commands[name], (*path, name))
        return
    context = typer.Context(command, info_name=path[-1])
    usage = " ".join(command.collect_usage_pieces(context))
    parts.append(f"## {' '.join(path)}\n\n{_plain(command.help or '')}\n\n    {' '.join(path)} {usage}\n")
    rows = [
        f"| {_form(parameter)} | {_plain(getattr(parameter, 'help', '') or '')} |"
        for parameter in command.params
        if not getattr(parameter, "hidden", False)
    ]
    if rows:
        parts.append("\n".join(["| argument or option | |", "|---|---|", *rows]) + "\n")


def _form(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return f"`{parameter.name.upper()}`" if parameter.name else ""
    return ", ".join(f"`{option}`" for option in (*parameter.opts, *parameter.secondary_opts))


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def tables_page() -> str:
    """Every table of a release: what a row is, in both languages, by group."""
    folder = DBT_PROJECT_DIR / "models" / "marts"
    groups = yaml.safe_load((folder / "_groups.yml").read_text("utf-8"))["groups"]
    models = [
        model
        for path in sorted(folder.glob("_*.yml"))
        for model in (yaml.safe_load(path.read_text("utf-8")) or {}).get("models", [])
        if "description" in model
    ]
    described = {model["name"]: (model["config"]["group"], model["description"]) for model in models}
    described |= {name: ("", text.comment()) for name, text in OWN_TABLES.items()}
    text = (
        "# Tables\n\nMade from the descriptions of the tables by `make reference`. A release holds them in schema "
        "`marts` of `warehouse.duckdb`, in `parquet/` and in `csv/`. The whole of each, with columns, lineage and "
        "tests, is on the page `docs/dictionary.html` of a release, and in `marts.dictionary`.\n"
    )
    for group in [*groups, {"name": "", "owner": {"name": "Data engineering"}, "description": _RELEASE_STEP}]:
        english, vietnamese = _halves(group["description"])
        text += f"\n## {group['name'] or 'release step'}\n\n{english} ({group['owner']['name']})\n\n{vietnamese}\n\n"
        text += "| table | Mỗi dòng là | a row is |\n|---|---|---|\n"
        for name, (its_group, description) in sorted(described.items()):
            if its_group == group["name"]:
                row_en, row_vi = _halves(description)
                text += f"| `{name}` | {_first(row_vi, 'Mỗi dòng là ')} | {_first(row_en, 'Grain: ')} |\n"
    return text


_RELEASE_STEP = f"Tables the release step writes itself. {_SEPARATOR}Các bảng do bước phát hành viết."


def _halves(description: str) -> tuple[str, str]:
    english, _, vietnamese = description.partition(_SEPARATOR)
    return english.strip(), vietnamese.strip()


def _first(text: str, label: str) -> str:
    return _plain(re.split(r"\n\s*\n", text)[0].removeprefix(label))


def main() -> None:
    """Write both pages."""
    (FOLDER / "commands.md").write_text(commands_page(), "utf-8")
    (FOLDER / "tables.md").write_text(tables_page(), "utf-8")


if __name__ == "__main__":
    main()
