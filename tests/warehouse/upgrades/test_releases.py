"""A release as the first version of this project made it is still one: shown, compared, gone back to, followed."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
from prometheus_client import generate_latest
from typer.testing import CliRunner

from cli.main import app
from tests.warehouse.marts import Figure, build
from tests.warehouse.observability.releases import AROUND
from warehouse.backup import read_snapshot, take_backup
from warehouse.diff import diff_releases
from warehouse.home import Home
from warehouse.observability.metrics import registry_of
from warehouse.release import current_release, list_releases, publish, switch
from warehouse.retention import Policy, forecast, releases_to_remove

#: All that stood in `manifest.json` then.
FIRST_KEYS = {
    "release_id", "published_at", "fingerprint", "code_version", "engines", "inputs", "row_counts", "table_hashes",
    "validation",
}  # fmt: skip
#: Tables that came later.
LATER = ("metric_vintage", "data_quality_standing", "data_quality_trend", "dim_vintage")


@pytest.fixture
def old(home: Home) -> Path:
    """The current release of `home`, as the first version would have left it."""
    build(home, Figure(value=50.0))
    publish(home)
    release = home.current.resolve()
    manifest = json.loads((release / "manifest.json").read_text("utf-8"))
    kept = {key: value for key, value in manifest.items() if key in FIRST_KEYS}
    kept["published_at"] = kept["published_at"][:19] + "+00:00"
    kept["row_counts"] = {table: rows for table, rows in kept["row_counts"].items() if table not in LATER}
    (release / "manifest.json").write_text(json.dumps(kept), "utf-8")
    for name in ("keys.json", "datapackage.json"):
        (release / name).unlink()
    with duckdb.connect(str(release / "warehouse.duckdb")) as connection:
        for table in LATER:
            connection.execute(f"drop table if exists marts.{table}")
    (home.releases / "switches.jsonl").unlink()
    return release


def test_it_is_found_listed_and_counted(home: Home, old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert current_release(home) == old
    assert [manifest["release_id"] for manifest in list_releases(home)] == [old.name]
    monkeypatch.setenv("REFORM_HOME", str(home.root))
    shown = CliRunner().invoke(app, ["releases", "list"])
    assert (shown.exit_code, old.name in shown.output) == (0, True)
    assert releases_to_remove(home, Policy(1)) == []
    assert forecast(home).bytes_a_day > 0


def test_metrics_say_what_it_says(home: Home, old: Path) -> None:
    text = generate_latest(registry_of(home, AROUND)).decode()
    assert f'release_id="{old.name}"' in text
    assert 'reform_part_up{part="release"} 1.0' in text


def test_the_next_release_follows_it_and_compares_with_it(home: Home, old: Path) -> None:
    build(home, Figure(value=51.0))
    new = publish(home)
    manifest = json.loads((home.current / "manifest.json").read_text("utf-8"))
    assert manifest["vintages"]["predecessor"] == old.name
    assert manifest["vintages"]["continuity"] == "from_marts"
    diff = diff_releases(home, old.name, new.release_id)
    assert [figure.after.value for figure in diff.figures["restated"] if figure.after] == [51.0]


def test_one_goes_back_to_it_and_forward_again(home: Home, old: Path) -> None:
    build(home, Figure(value=51.0))
    new = publish(home)
    switch(home, old.name)
    assert current_release(home) == old
    switch(home, new.release_id)
    assert home.current.resolve().name == new.release_id


def test_a_backup_holds_it(home: Home, old: Path, tmp_path: Path) -> None:
    take_backup(home, tmp_path / "store")
    files = {file.path for file in read_snapshot(tmp_path / "store").files}
    assert f"releases/{old.name}/warehouse.duckdb" in files
