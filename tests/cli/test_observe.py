"""`reform serve metrics` and `reform lineage` as a person types them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from cli.commands_observe import lineage, serve_metrics
from warehouse.errors import EnvironmentBroken, Misused
from warehouse.home import PROJECT_ROOT, Home

REFORM = str(Path(sys.executable).with_name("reform"))


@pytest.fixture
def own_home(home: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    """An empty home the environment names, and nobody to tell lineage to."""
    monkeypatch.setenv("REFORM_HOME", str(home.root))
    for name in [name for name in os.environ if name.startswith("OPENLINEAGE")]:
        monkeypatch.delenv(name)
    return home


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


def test_a_port_that_is_taken_is_said_in_words(own_home: Home) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(Misused, match="cannot be listened on"):
            serve_metrics(port=taken.getsockname()[1])


@pytest.mark.parametrize("name", ["metrics.txt", "missing/reform.prom"])
def test_a_file_the_node_exporter_would_not_read_is_no_place(own_home: Home, tmp_path: Path, name: str) -> None:
    with pytest.raises(Misused, match="node exporter"):
        serve_metrics(textfile=tmp_path / name)
    assert list(tmp_path.glob("*.prom")) == []


def test_metrics_written_for_the_node_exporter_are_whole(own_home: Home, tmp_path: Path) -> None:
    serve_metrics(textfile=tmp_path / "reform.prom")
    text = (tmp_path / "reform.prom").read_text("utf-8")
    assert "reform_disk_free_bytes" in {family.name for family in text_string_to_metric_families(text)}


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({}, Misused, "nobody is named"),
        ({"url": "ftp://x"}, Misused, "no address"),
        ({"file": Path("a"), "url": "http://b"}, Misused, "not both"),
        ({"file": Path("events.jsonl")}, EnvironmentBroken, "no release"),
    ],
)
def test_what_cannot_be_told_is_said_in_words(
    own_home: Home, options: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        lineage(**options)
