"""`reform survey`: exports of surveys, the mappings a person accepts, and the response quality of a wave."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.run_lock import one_run
from ingestion.survey import steps
from ingestion.survey.wave_files import read_manifest, wave_folder
from warehouse.errors import Misused
from warehouse.home import Home

survey_app = typer.Typer(no_args_is_help=True, help="Survey exports: ingest, mappings, accept, quality.")

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of words.")]


@survey_app.command("ingest")
def ingest(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Exports as received; none: those in landing/survey.")
    ] = None,
    year: Annotated[
        int | None, typer.Option(help="The year of the survey, where the file name does not say it.")
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(help="utf-8, windows-1258, tcvn3, vni, utf-8/tcvn3 or utf-8/vni, where unclear.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Archive survey exports, load those with an accepted mapping, and propose a mapping for the others."""
    home = Home.from_environment()
    given = steps.Given(year, encoding)
    with one_run(home):
        report = steps.ingest_files(home, files, given) if files else steps.ingest_landing(home)
    _end(report, as_json)


@survey_app.command("mappings")
def mappings(as_json: JsonOption = False) -> None:
    """List the mappings that wait for a person, each with what differs from its code book."""
    waiting = steps.proposed_mappings(Home.from_environment())
    if as_json:
        typer.echo(
            json.dumps({str(path): item.model_dump(mode="json") for path, item in waiting.items()}, ensure_ascii=False)
        )
        return
    if not waiting:
        typer.echo("no mapping waits for a person · không có ánh xạ nào chờ")
    for path, item in waiting.items():
        likeness = f"{100 * item.likeness:.0f} % of its questions"
        typer.echo(f"{path}\n  {item.file_name} → {item.wave_id}, {item.code_book} ({likeness})")
        for difference in item.differences:
            place = " → ".join(filter(None, (difference.column, difference.meant)))
            typer.echo(f"  {difference.kind:<17} {place}: {difference.text_en}\n  {'':<17} {difference.text_vi}")


@survey_app.command("accept")
def accept(
    mapping: Annotated[Path, typer.Argument(help="The mapping file, read and mended.")],
    by: Annotated[str, typer.Option("--by", help="Who accepts it; the name is kept in the file.")],
    as_json: JsonOption = False,
) -> None:
    """Accept a mapping and load the export that waited for it."""
    if not mapping.is_file():
        raise Misused(f"{mapping} is not a file; `reform survey mappings` lists those that wait")
    home = Home.from_environment()
    with one_run(home):
        report = steps.accept(home, mapping, by)
    _end(report, as_json)


@survey_app.command("forget")
def forget(
    respondent_key: Annotated[str, typer.Argument(help="The `respondent_key` of respondents.parquet, 32 hex digits.")],
) -> None:
    """Remove one respondent from the archive, the wave and the estimates, for good."""
    from ingestion.survey.estimates.steps import estimate_waves
    from ingestion.survey.forgetting import forget as forget_respondent
    from ingestion.survey.forgetting import forgotten_file

    home = Home.from_environment()
    with one_run(home):
        report = forget_respondent(home, respondent_key)
        estimate_waves(home)
    typer.echo(
        f"{report['wave_id']}: the respondent is gone from {len(report['exports'])} archived exports, the wave and"
    )
    typer.echo(f"the estimates; `reform build` and `reform publish` renew the release. Audit: {forgotten_file(home)}")
    if report["unsearched"]:
        typer.echo(f"without an accepted mapping, so not searched: {', '.join(report['unsearched'])}")


@survey_app.command("quality")
def quality(
    wave: Annotated[str, typer.Argument(help="A wave, such as sipas_2024.")], as_json: JsonOption = False
) -> None:
    """Show the response quality of a loaded wave, and what leaving respondents out does to its shares."""
    folder = wave_folder(Home.from_environment(), wave)
    if "/" in wave or read_manifest(folder) is None:
        known = ", ".join(sorted(path.name.removeprefix("wave=") for path in folder.parent.glob("wave=*"))) or "none"
        raise Misused(f"no wave {wave} is loaded; loaded: {known}")
    content = json.loads((folder / "quality.json").read_text("utf-8"))
    if as_json:
        typer.echo(json.dumps(content, ensure_ascii=False))
        return
    mark = " (SYNTHETIC · GIẢ LẬP)" if content["is_synthetic"] else ""
    left_out = content["respondents_excluded"]
    typer.echo(f"{wave}{mark}: {content['respondents']} respondents, {left_out} left out · {left_out} người bị loại")
    for rule, number in content["flags"].items():
        excludes = "left out" if rule in content["thresholds"]["excludes"] else "flag only"
        typer.echo(f"  {rule:<20} {number:>7}  {excludes}")
    for row in content["effect_of_exclusion"]:
        if row["change_in_points"] is not None:
            before, after = 100 * row["share_of_all"], 100 * row["share_after_exclusion"]
            change = f"{row['change_in_points']:+.2f} points"
            typer.echo(f"  {row['indicator_code']:<20} {before:6.2f} % → {after:6.2f} %  ({change})")
    typer.echo(f"  {folder / 'quality.html'}")


def _end(report: dict[str, Any], as_json: bool) -> None:
    """Say what became of the exports; exit 1 when one was refused or waits for a person."""
    if as_json:
        typer.echo(json.dumps(report, ensure_ascii=False, default=lambda item: getattr(item, "__dict__", str(item))))
    else:
        for item in report["loaded"]:
            _say_loaded(item)
        for item in [*report["proposed"], *report["refused"]]:
            typer.echo("\n".join(refusal.sentence() for refusal in item["refusals"]), err=True)
        if not any(report.values()):
            typer.echo("no survey export is waiting · không có bản xuất nào chờ")
    raise typer.Exit(1 if report["proposed"] or report["refused"] else 0)


def _say_loaded(item: dict[str, Any]) -> None:
    wave = item["wave"]
    state = "loaded" if item["is_new"] else "unchanged"
    mark = " (SYNTHETIC · GIẢ LẬP)" if wave["is_synthetic"] else ""
    quarantined = sum(wave["quarantined"].values())
    size = f"{wave['respondents']} respondents × {wave['questions']} questions"
    left_out = f"{wave['respondents_excluded']} left out of estimates"
    typer.echo(f"{wave['wave_id']}{mark}: {state}, {size}, {quarantined} quarantined, {left_out}")
