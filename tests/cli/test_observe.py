"""`reform serve metrics` and `reform lineage` as a person types them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from warehouse.home import PROJECT_ROOT, Home

REFORM = str(Path(sys.executable).with_name("reform"))


def reform(home: Home, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPENLINEAGE")}
    return subprocess.run(
        [REFORM, *map(str, arguments)], env={**environment, "REFORM_HOME": str(home.root)}, cwd=PROJECT_ROOT,
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_the_endpoint_answers_on_loopback_and_ends_when_told(home: Home) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [REFORM, "serve", "metrics", "--port", str(port)], env={**os.environ, "REFORM_HOME": str(home.root)},
        cwd=PROJECT_ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert f"127.0.0.1:{port}" in process.stdout.readline()
        answer = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=30)
        names = {family.name for family in text_string_to_metric_families(answer.text)}
        assert answer.headers["content-type"].startswith("text/plain")
        assert {"reform_part_up", "reform_disk_free_bytes", "reform_releases"} <= names
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0


def test_a_port_that_is_taken_is_said_in_words(home: Home) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = reform(home, "serve", "metrics", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 2
    assert "cannot be listened on" in done.stderr


@pytest.mark.parametrize("name", ["metrics.txt", "missing/reform.prom"])
def test_a_file_the_node_exporter_would_not_read_is_no_place(home: Home, tmp_path: Path, name: str) -> None:
    done = reform(home, "serve", "metrics", "--textfile", tmp_path / name)
    assert (done.returncode, list(tmp_path.glob("*.prom"))) == (2, [])


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["lineage"], 2, "nobody is named"),
        (["lineage", "--url", "ftp://x"], 2, "no address"),
        (["lineage", "--file", "a", "--url", "http://b"], 2, "not both"),
        (["lineage", "--file", "events.jsonl"], 3, "no release"),
    ],
)
def test_what_cannot_be_told_is_said_in_words(home: Home, arguments: list[str], code: int, words: str) -> None:
    done = reform(home, *arguments)
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
