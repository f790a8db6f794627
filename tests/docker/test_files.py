"""The deployment files by the tools that judge such files, and by what this project promises of them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from bench.compose_file import read_services
from bench.plain_layout import CELERY, COMPOSE, DOCKER
from warehouse.home import PROJECT_ROOT

sys.path.insert(0, str(PROJECT_ROOT / "dags"))
BIN = Path(sys.executable).parent
DOCKERFILES = sorted(DOCKER.rglob("Dockerfile"))


def judged(*command: str | Path) -> str:
    """What a tool complains of; nothing when all is well."""
    words = [str(word) for word in command]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=PROJECT_ROOT)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def whole_services() -> dict[str, dict[str, Any]]:
    """Each service as its file writes it, anchors resolved, nothing merged across files."""
    first, second = (yaml.safe_load(file.read_text("utf-8"))["services"] for file in (COMPOSE, CELERY))
    # Those of the second file that the first has too only add to it; the worker is a scheduler with another command.
    new = {name: said for name, said in second.items() if name not in first}
    return {**first, **new, "worker": {**first["scheduler"], **new["worker"]}}


def test_hadolint_finds_nothing_in_the_dockerfiles() -> None:
    assert judged(BIN / "hadolint", *DOCKERFILES) == ""


def test_the_compose_files_are_valid_by_the_specification() -> None:
    assert judged(BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", COMPOSE, CELERY) == ""


def test_yamllint_finds_nothing_in_the_compose_files() -> None:
    assert judged(BIN / "yamllint", "--strict", "--config-file", DOCKER / ".yamllint.yml", COMPOSE, CELERY) == ""


if shutil.which("docker") and not judged("docker", "compose", "version"):
    # No such plugin where this was written: there the schema judges, and the layout of plain processes.
    def test_docker_itself_reads_the_files() -> None:
        assert judged("docker", "compose", "--file", COMPOSE, "--file", CELERY, "config", "--quiet") == ""


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: path.parent.name)
def test_an_image_is_pinned_runs_as_no_root_and_installs_by_hash(dockerfile: Path) -> None:
    text = dockerfile.read_text("utf-8")
    assert re.search(r"^ARG PYTHON_IMAGE=python:\d+\.\d+\.\d+-slim-\w+$", text, re.MULTILINE)
    assert text.count("\nFROM ") == 2
    assert "--require-hashes" in text
    assert "HEALTHCHECK" in text
    last_stage = text.rpartition("\nFROM ")[2]
    assert re.search(r"^USER (\$\{UID\}|[1-9]\d*)", last_stage, re.MULTILINE)
    assert not re.search(r"apt-get install|gcc|build-essential|uv pip|pip install", last_stage)


def test_every_service_is_confined() -> None:
    lax = {
        name
        for name, said in whole_services().items()
        if not (
            said.get("cap_drop") == ["ALL"]
            and said.get("security_opt") == ["no-new-privileges:true"]
            and said.get("read_only") is True
            and said.get("user") not in {None, "root", "0", "0:0"}
            and said.get("deploy", {}).get("resources", {}).get("limits", {}).keys() == {"cpus", "memory"}
            and said.get("restart")
            and said.get("healthcheck")
            and re.search(r":-?[\w/.-]+:\d+\.\d+", said["image"])
        )
    }
    assert lax == set()


def test_only_the_web_server_listens_outside_and_on_the_loopback_by_default() -> None:
    published = {name: said["ports"] for name, said in whole_services().items() if "ports" in said}
    assert published.keys() == {"web"}
    assert all(port.startswith("${REFORM_LISTEN:-127.0.0.1}:") for port in published["web"])


def test_no_secret_stands_in_a_file_or_an_environment() -> None:
    services = read_services([COMPOSE, CELERY], {})
    found = {
        (service.name, name): value
        for service in services.values()
        for name, value in service.environment.items()
        if re.search(r"PASSWORD|SECRET|KEY|CONN|BROKER_URL|BACKEND", name)
    }
    assert len(found) > 10
    assert [name for name, value in found.items() if not re.search(r"^(cat )?/run/secrets/\w+$", value)] == []


def test_every_secret_a_service_names_is_made(tmp_path: Path) -> None:
    subprocess.run([sys.executable, DOCKER / "make_secrets.py", tmp_path / "secrets"], check=True, capture_output=True)
    made = {path.name: path.read_text("utf-8") for path in (tmp_path / "secrets").iterdir()}
    declared = {
        name for file in (COMPOSE, CELERY) for name in yaml.safe_load(file.read_text("utf-8"))["secrets"]
    }
    assert declared == made.keys()
    assert len(set(made.values())) == len(made)
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0
    subprocess.run([sys.executable, DOCKER / "make_secrets.py", tmp_path / "secrets"], check=True, capture_output=True)
    assert {path.name: path.read_text("utf-8") for path in (tmp_path / "secrets").iterdir()} == made


def test_the_pool_of_the_deployment_is_the_one_the_dags_write_in() -> None:
    from in_words import WRITER_POOL

    assert f"airflow pools set {WRITER_POOL} 1 " in (DOCKER / "initialise.sh").read_text("utf-8")


def pins(lock: Path) -> dict[str, str]:
    """Package and marker -> version with all hashes."""
    found = re.findall(r"^([\w.\[\]-]+==\S+[^\n]*?) \\\n((?:    --hash=\S+(?: \\)?\n)+)", lock.read_text("utf-8"), re.M)
    return {name: re.sub(r"[\s\\]+", " ", hashes).strip() for name, hashes in found}


def test_the_lock_of_the_image_is_a_part_of_the_one_that_is_tested() -> None:
    ours, image = pins(PROJECT_ROOT / "requirements.lock"), pins(DOCKER / "requirements.lock")
    versions = {name.split(" ;")[0]: hashes for name, hashes in ours.items()}
    assert len(image) > 150
    assert {name for name, hashes in image.items() if versions.get(name.split(" ;")[0]) != hashes} == set()
    assert not {"pytest", "mypy", "moto", "hatchling"} & {name.split("==")[0] for name in image}


def test_what_a_file_says_and_the_plain_layout_does_not_know_is_refused(tmp_path: Path) -> None:
    (tmp_path / "compose.yml").write_text("services: {odd: {image: 'a:1.0', sysctls: {a: b}}}\n", "utf-8")
    with pytest.raises(ValueError, match="service odd: sysctls is not known here"):
        read_services([tmp_path / "compose.yml"])
