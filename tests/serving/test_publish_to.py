"""`reform publish --to`, as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.serving.conftest import Database
from tests.serving.releases import make_release
from warehouse.home import PROJECT_ROOT, Home


def reform(home: Home, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cli.main", *arguments], capture_output=True, text=True, check=False, timeout=120,
        env={**os.environ, "PYTHONPATH": str(PROJECT_ROOT), "REFORM_HOME": str(home.root), **environment},
    )  # fmt: skip


def test_the_current_release_is_loaded_and_a_second_time_nothing_is_to_do(home: Home, database: Database) -> None:
    release = make_release(home)
    first = reform(home, "publish", "--to", database.url)
    assert first.returncode == 0, first.stderr
    assert f"now has release {release.name} in schema marts" in first.stdout
    assert "nothing to do" in reform(home, "publish", "--to", database.url).stdout
    assert database.server.password not in first.stdout + first.stderr


def test_the_address_of_the_environment_is_used_when_asked_for(home: Home, database: Database, tmp_path: Path) -> None:
    make_release(home)
    secret = tmp_path / "address"
    secret.write_text(database.url)
    done = reform(home, "publish", "--to", "postgresql", "--json", REFORM_SERVE_POSTGRESQL_FILE=str(secret))
    assert json.loads(done.stdout)["outcome"] == "served"


def test_a_server_that_is_away_ends_in_words_and_exit_code_3(home: Home) -> None:
    make_release(home)
    done = reform(home, "publish", "--to", "postgresql://lan:bi-mat-9@127.0.0.1:1/reform")
    assert done.returncode == 3
    assert "PostgreSQL at lan@127.0.0.1:1/reform" in done.stderr
    assert "bi-mat-9" not in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_release_there_is_nothing_to_load(home: Home) -> None:
    done = reform(home, "publish", "--to", "postgresql://lan@127.0.0.1:1/reform")
    assert done.returncode == 2
    assert "no release yet" in done.stderr
