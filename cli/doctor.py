"""What is missing or wrong on this machine, in one screen, each with how to mend it. Quick: imports nothing heavy."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import psutil

from cli.airflow_environment import lacks_metadata
from cli.metadata_address import metadata_address
from ingestion.dossiers.steps import SOURCE as DOSSIERS
from ingestion.landing.at_rest import is_document
from ingestion.parse import PARSERS
from ingestion.refusals import refused_documents
from ingestion.survey.steps import SOURCE as SURVEY
from warehouse.connection import reader
from warehouse.errors import EnvironmentBroken, Misused
from warehouse.home import PROJECT_ROOT, Home
from warehouse.release_list import current_release, list_releases
from warehouse.retention import forecast
from warehouse.spark_build import java_version, spark_python
from warehouse.writers import writings

_GIB = 1024**3
_MIN_FREE_DISK_GIB = 5
_MIN_DAYS_LEFT = 14
_MIN_MEMORY_GIB = 3
_SERVER_SECONDS = 5
_NETWORK_FILE_SYSTEMS = {"nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "9p"}


@dataclass(frozen=True)
class Finding:
    """One thing looked at; `mend` says what to do when it is not ok."""

    name: str
    ok: bool
    detail: str
    mend: str = ""


def diagnose(home: Home) -> list[Finding]:
    """Look at everything; one that cannot even be looked at is itself a finding."""
    findings = []
    for name, look in _LOOKS.items():
        try:
            ok, detail, mend = look(home)
        except Exception as error:
            ok, detail, mend = False, f"could not be checked: {error}", "report this; it should never happen"
        findings.append(Finding(name, ok, detail, mend))
    return findings


_Look = tuple[bool, str, str]


def _python(_: Home) -> _Look:
    found = ".".join(map(str, sys.version_info[:3]))
    return sys.version_info[:2] == (3, 11), found, "install Python 3.11 and run `make env` (PYTHON=/path/to/python3.11)"


def _environment(_: Home) -> _Look:
    stamp = PROJECT_ROOT / ".venv" / ".synced"
    lock = hashlib.sha256((PROJECT_ROOT / "requirements.lock").read_bytes()).hexdigest()
    same = stamp.exists() and stamp.read_text("utf-8").strip() == lock
    return same, "as requirements.lock says" if same else "differs from requirements.lock", "run `make env`"


def _spark(_: Home) -> _Look:
    try:
        spark_python()
        return True, f"with Java {java_version()}", ""
    except EnvironmentBroken as error:
        installed = (PROJECT_ROOT / ".venv-spark").exists()
        return not installed, str(error) if installed else "not installed (optional: `make spark`)", "see docs/scale.md"


def _uv(_: Home) -> _Look:
    own = PROJECT_ROOT / ".tools" / "uv" / "bin" / "uv"
    found = shutil.which("uv") or (str(own) if own.exists() else None)
    return found is not None, found or "not found", "run `make env`: it brings uv into .tools/"


def _disk(home: Home) -> _Look:
    seen = forecast(home)
    free = seen.free_bytes / _GIB
    detail = f"{free:.0f} GiB free"
    if seen.days_left is not None:
        detail += f"; grows {seen.bytes_a_day / 2**20:.1f} MiB a day (last 30 days), full in {seen.days_left:,.0f} days"
    is_enough = free >= _MIN_FREE_DISK_GIB and (seen.days_left is None or seen.days_left > _MIN_DAYS_LEFT)
    mend = f"free {_MIN_FREE_DISK_GIB} GiB, move REFORM_HOME, or `reform releases prune`"
    return is_enough, detail, mend


def _memory(_: Home) -> _Look:
    free = psutil.virtual_memory().available / _GIB
    return free >= _MIN_MEMORY_GIB, f"{free:.0f} GiB available", "stop other programs; the whole run needs about 2 GiB"


def _home(home: Home) -> _Look:
    folder = _existing(home.root)
    mend = "set REFORM_HOME to a folder you may write, on a disk of this machine (DuckDB and SQLite need its locks)"
    if not os.access(folder, os.W_OK):
        return False, f"{home.root} cannot be written", mend
    kinds = {Path(part.mountpoint): part.fstype for part in psutil.disk_partitions(all=True)}
    kind = next((kinds[parent] for parent in [folder, *folder.parents] if parent in kinds), "")
    return kind not in _NETWORK_FILE_SYSTEMS, f"{home.root} ({kind or 'local'})", mend


def _metadata(home: Home) -> _Look:
    try:
        address = metadata_address(home.airflow).for_sync
        if address.startswith("postgresql"):
            lacks_metadata(address, patience_seconds=_SERVER_SECONDS)
    except Misused as error:
        return False, str(error), "nothing of Airflow runs until it is right"
    except EnvironmentBroken as error:
        mend = "start the server, or have its administrator make the database and its owner; a run makes the tables"
        return False, str(error).splitlines()[0], mend
    stamp = home.airflow / "metadata_version"
    if not stamp.exists():
        return True, "not made yet; the first run makes it", ""
    found = stamp.read_text("utf-8").split(" ")[0]
    current = found == version("apache-airflow")
    return current, f"Airflow {found}", "the next run migrates it; if that fails, `airflow db migrate`"


def _build(home: Home) -> _Look:
    if not home.build_database.exists():
        return True, "not made yet; the first run makes it", ""
    try:
        with reader(home.build_database):
            aside = sorted(home.build.glob("warehouse.duckdb.corrupt-*"))
            detail = f"{home.build_database.stat().st_size / 2**20:.0f} MiB, opens"
            return True, detail + (f"; {len(aside)} damaged ones set aside, to be deleted" if aside else ""), ""
    except EnvironmentBroken as error:
        mend = "wait for the run that writes it; a damaged one is set aside by `reform run` and made again"
        return False, str(error).splitlines()[0], mend


def _release(home: Home) -> _Look:
    if not home.current.is_symlink():
        return True, "none yet; `make run` makes the first", ""
    try:
        release = current_release(home)
    except EnvironmentBroken as error:
        known = [item["release_id"] for item in list_releases(home)]
        return False, str(error), f"`reform releases rollback {known[-1]}`" if known else "`reform publish`"
    assert release is not None
    return True, f"{release.name} ({len(list_releases(home))} in all)", ""


def _landing(home: Home) -> _Look:
    sources = {*PARSERS, DOSSIERS, SURVEY}
    waiting = sum(1 for source in sources for path in (home.landing / source).rglob("*") if is_document(path))
    stray = [path.name for path in home.landing.glob("[!.]*") if path.name not in sources]
    if stray:
        return False, f"nobody reads landing/{stray[0]}", f"the folders are: {', '.join(sorted(sources))}"
    return True, f"{waiting} files wait" if waiting else "empty", "`reform run` takes them in"


def _refused(home: Home) -> _Look:
    names = [entry["document"]["file_name"] for entry in refused_documents(home)]
    shown = f"{len(names)} refused: {', '.join(names[:3])}" if names else "none refused"
    return not names, shown, "`reform quarantine list` says why and what to do"


def _real_files(_: Home) -> _Look:
    folder = PROJECT_ROOT.parent / "shared" / "data"
    return True, "beside the project" if folder.is_dir() else "not beside the project (optional)", ""


def _port(home: Home) -> _Look:
    if (home.airflow / "services.json").exists():
        return True, "Airflow was started here: `make status`", ""
    with socket.socket() as probe:
        taken = probe.connect_ex(("127.0.0.1", 8080)) == 0
    return not taken, "8080 is taken" if taken else "8080 is free", "`reform airflow up --port N` takes another"


def _alerts(home: Home) -> _Look:
    from warehouse.alerts.channels import configured_channels
    from warehouse.alerts.event import now
    from warehouse.alerts.ledger import Ledger
    from warehouse.alerts.settings import AlertSettings

    try:
        channels = configured_channels(AlertSettings.from_environment())
    except (EnvironmentBroken, Misused) as error:
        return False, str(error), "correct the variable; docs/alerts.md lists them all"
    if not channels:
        return True, "nobody is told anything (optional)", ""
    undelivered = sum(1 for told in Ledger(home).read().values() if told.waiting(now()))
    shown = "; ".join(f"{channel.name} {channel.where}" for channel in channels)
    if undelivered:
        return False, f"{undelivered} undelivered; {shown}", "`reform alerts list` says why, `reform alerts test` tries"
    return True, shown, ""


def _clock(_: Home) -> _Look:
    newest = max((PROJECT_ROOT / name).stat().st_mtime for name in ("pyproject.toml", "requirements.lock"))
    ok = time.time() > newest - 86_400
    return ok, "plausible" if ok else "earlier than these files were made", "set the clock: releases are named by time"


def _existing(folder: Path) -> Path:
    return next(parent for parent in [folder, *folder.parents] if parent.exists())


def _writer(home: Home) -> _Look:
    under_way = [item for item in writings(home) if item.is_under_way]
    said = ", ".join(f"process {item.pid} writes the {item.what} since {item.began_at:%H:%M:%S}" for item in under_way)
    return True, f"{said} (UTC)" if said else "nobody writes", ""


_LOOKS: dict[str, Callable[[Home], _Look]] = {
    "Python": _python,
    "uv": _uv,
    "environment (.venv)": _environment,
    "Spark (.venv-spark)": _spark,
    "memory": _memory,
    "disk": _disk,
    "REFORM_HOME": _home,
    "clock": _clock,
    "Airflow metadata": _metadata,
    "Airflow port": _port,
    "build database": _build,
    "writer": _writer,
    "current release": _release,
    "landing": _landing,
    "refused files": _refused,
    "alerts": _alerts,
    "real files": _real_files,
}
