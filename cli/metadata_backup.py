"""Airflow's metadata in PostgreSQL, into a backup and out of it, with the server's own programs.

With SQLite there is nothing to do here: the file lies in the home and is kept with it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit, urlunsplit

from cli.metadata_address import metadata_address
from warehouse.errors import EnvironmentBroken, Misused
from warehouse.home import Home

#: Where the dump lies in a snapshot; in a home it lies only while one is taken or brought back.
DUMP = "metadata.pgdump"
_SECONDS = 1800


@contextmanager
def dumped_metadata(home: Home) -> Iterator[bool]:
    """Have `airflow/metadata.pgdump` in the home while the block runs; says whether the metadata is in PostgreSQL.

    Raises:
        EnvironmentBroken: the server does not answer, or its programs are not here.
    """
    home.airflow.mkdir(parents=True, exist_ok=True)
    address = _address(home)
    dump = home.airflow / DUMP
    dump.unlink(missing_ok=True)
    if address is None:
        yield False
        return
    try:
        dump.touch(0o600)
        _run("pg_dump", address, "--format=custom", "--no-owner", f"--file={dump}")
        yield True
    finally:
        dump.unlink(missing_ok=True)


def restore_metadata(home: Home) -> str | None:
    """Load the dump a snapshot brought into the database `DATABASE_URL` names; a sentence on it, or None without one.

    Raises:
        Misused: that database holds something already.
        EnvironmentBroken: the server does not answer, or its programs are not here.
    """
    dump = home.airflow / DUMP
    if not dump.exists():
        return None
    address = _address(home)
    if address is None:
        return (
            f"the snapshot holds Airflow's metadata of a PostgreSQL database, and DATABASE_URL is not set: it stays in "
            f"{dump}, and the log of past runs begins anew"
        )
    tables = _run("psql", address, "-X", "-A", "-t", "-c", "select count(*) from pg_tables where schemaname = 'public'")
    if tables.strip() != "0":
        raise Misused(
            f"the database DATABASE_URL names holds {tables.strip()} tables: restore Airflow's metadata into an empty "
            f"one. Everything else is restored, and the dump lies in {dump}"
        )
    _run("pg_restore", address, "--no-owner", "--exit-on-error", "--single-transaction", str(dump))
    dump.unlink()
    return "Airflow's metadata is restored into the database DATABASE_URL names"


def _address(home: Home) -> str | None:
    found = metadata_address(home.airflow).for_sync
    return found.replace("postgresql+psycopg2", "postgresql", 1) if found.startswith("postgresql") else None


def _run(program: str, address: str, *arguments: str) -> str:
    """Run a program of PostgreSQL's; the password goes through its environment, where no list of processes shows it."""
    if shutil.which(program) is None:
        raise EnvironmentBroken(
            f"Airflow's metadata is in PostgreSQL, and {program} is not here: install the package postgresql-client, "
            "or leave the metadata out (--without-metadata); it holds no figures, only the log of past runs"
        )
    parts = urlsplit(address)
    login, _, host = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    plain = urlunsplit(parts._replace(netloc=f"{user}@{host}" if user else host))
    environment = {**os.environ, "PGCONNECT_TIMEOUT": "10"}
    if password:
        environment["PGPASSWORD"] = unquote(password)
    done = subprocess.run(
        [program, f"--dbname={plain}", *arguments],
        env=environment, capture_output=True, text=True, check=False, timeout=_SECONDS,
    )  # fmt: skip
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
        raise EnvironmentBroken(f"{program} could not read or write Airflow's metadata: {last}")
    return done.stdout
