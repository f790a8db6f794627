"""Apache Superset with our dashboard, for real: its own environment, a fresh server, the import, every chart's data.

    .venv/bin/python -m bench.superset                         DuckDB, and PostgreSQL where its server is installed
    .venv/bin/python -m bench.superset --venv /path --shot /tmp  with an environment of yours, and pictures

It makes the environment (about 1 GB, some minutes) where `--venv` has none, starts Superset on the loopback, imports
`docs/serving/superset/reform_*.zip` made for the current release, asks every chart's data endpoint, and reads back the
descriptions of the columns. Not one of the tests: they need nothing that large.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx

from bench.postgresql_server import is_installed, running_server
from warehouse.home import PROJECT_ROOT, Home
from warehouse.postgresql.address import parse_address
from warehouse.postgresql.serve import serve_release
from warehouse.release_list import current_release

#: What a plain install lacks stands here too: without cachetools Superset says it "could not load" DuckDB's driver.
PACKAGES = (
    "apache-superset==6.1.*", "duckdb-engine", "rich", "cachetools", "flask-caching==2.3.1", "psycopg2-binary",
)  # fmt: skip
_CONFIG = """
SECRET_KEY = {secret!r}
SQLALCHEMY_DATABASE_URI = "sqlite:///{folder}/superset.db"
WTF_CSRF_ENABLED = False
TALISMAN_ENABLED = False


def FLASK_APP_MUTATOR(app):
    # The browser that takes the picture cannot type a password: it comes with a word nobody else knows.
    from flask import request
    from flask_login import login_user

    @app.before_request
    def enter():
        if request.args.get("word") == {word!r}:
            login_user(app.appbuilder.sm.find_user("admin"))
"""


def environment(folder: Path) -> Path:
    """The `superset` command of the environment in `folder`, which is made where it is missing."""
    program = folder / "bin" / "superset"
    if not program.exists():
        print(f"installing Superset into {folder}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        tool = shutil.which("uv") or str(PROJECT_ROOT / ".tools" / "uv" / "bin" / "uv")
        subprocess.run(
            [tool, "pip", "install", "--quiet", "--python", str(folder / "bin" / "python"), *PACKAGES], check=True
        )
    return program


@contextmanager
def running_superset(program: Path, folder: Path) -> Iterator[httpx.Client]:
    """A fresh Superset on the loopback and a client that is logged in; both are gone after the block."""
    password = secrets.token_hex(8)
    (folder / "superset_config.py").write_text(
        _CONFIG.format(secret=secrets.token_hex(32), folder=folder, word=password)
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {
        **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        "SUPERSET_CONFIG_PATH": str(folder / "superset_config.py"),
        "SUPERSET_HOME": str(folder),
        "FLASK_APP": "superset",
    }
    log = (folder / "log").open("wb")
    account = ["--username", "admin", "--firstname", "a", "--lastname", "b", "--email", "a@example.vn"]
    for command in (["db", "upgrade"], ["fab", "create-admin", *account, "--password", password], ["init"]):
        subprocess.run([str(program), *command], env=settings, check=True, stdout=log, stderr=log, cwd=folder)
    server = subprocess.Popen(
        [str(program), "run", "-h", "127.0.0.1", "-p", str(port), "--with-threads"],
        env=settings, stdout=log, stderr=log, cwd=folder,
    )  # fmt: skip
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120) as client:
            _log_in(client, server, password)
            client.params = client.params.set("word", password)
            yield client
    except (RuntimeError, httpx.HTTPError):
        print((folder / "log").read_text("utf-8", "replace")[-3000:], file=sys.stderr)
        raise
    finally:
        server.terminate()
        server.wait(20)


def _log_in(client: httpx.Client, server: subprocess.Popen[bytes], password: str) -> None:
    until = time.monotonic() + 120
    login = {"username": "admin", "password": password, "provider": "db", "refresh": False}
    while True:
        try:
            answer = client.post("/api/v1/security/login", json=login)
            break
        except httpx.TransportError:
            if server.poll() is not None or time.monotonic() > until:
                raise
            time.sleep(0.5)
    answer.raise_for_status()
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"


def check(client: httpx.Client, bundle: Path, engine: str, password: str) -> dict[str, Any]:
    """Import `bundle` and ask every chart of it; returns rows by chart and how many columns are described."""
    passwords = {f"databases/reform_{engine}.yaml": password} if password else {}
    with bundle.open("rb") as stream:
        answer = client.post(
            "/api/v1/dashboard/import/",
            files={"formData": (bundle.name, stream, "application/zip")},
            data={"passwords": json.dumps(passwords), "overwrite": "true"},
        )
    if answer.status_code != 200:
        raise RuntimeError(f"the import was refused: {answer.text[:2000]}")
    rows = {}
    for chart in client.get("/api/v1/chart/", params={"q": "(page_size:100)"}).json()["result"]:
        data = client.get(f"/api/v1/chart/{chart['id']}/data/")
        if data.status_code != 200:
            raise RuntimeError(f"chart {chart['slice_name']!r}: {data.text[:2000]}")
        rows[chart["slice_name"]] = len(data.json()["result"][0]["data"])
    described = {}
    for item in client.get("/api/v1/dataset/", params={"q": "(page_size:100)"}).json()["result"]:
        columns = client.get(f"/api/v1/dataset/{item['id']}").json()["result"]["columns"]
        described[item["table_name"]] = f"{sum(bool(c['description']) for c in columns)} of {len(columns)}"
    return {"engine": engine, "rows_by_chart": rows, "columns_described": described}


def picture(client: httpx.Client, path: Path) -> None:
    """The dashboard as a browser shows it (Debian package `chromium`)."""
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            [
                "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}",
                "--window-size=1600,1500", "--virtual-time-budget=90000", f"--screenshot={path}",
                f"{client.base_url}/superset/dashboard/reform/?{client.params}",
            ],
            check=True, capture_output=True, timeout=300,
        )  # fmt: skip


def main() -> int:
    """Try each engine in a Superset of its own and print what came back; 1 where a chart has no rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--venv", type=Path, default=Path.home() / ".cache" / "reform-superset")
    parser.add_argument("--release", type=Path, help="by default the current one of REFORM_HOME")
    parser.add_argument("--shot", type=Path, help="a folder for pictures of the dashboard")
    arguments = parser.parse_args()
    release = arguments.release or current_release(Home.from_environment())
    if release is None:
        print("needs a release (`make run`)", file=sys.stderr)
        return 3
    program, faults = environment(arguments.venv), 0
    for engine in ("duckdb", *(["postgresql"] if is_installed() else [])):
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="reform-superset-")))
            uri, password = f"duckdb:///{(release / 'warehouse.duckdb').resolve()}", ""
            if engine == "postgresql":
                server = stack.enter_context(running_server())
                serve_release(release, parse_address(server.url()))
                password = server.password
                uri = f"postgresql+psycopg2://{server.user}:XXXXXXXXXX@127.0.0.1:{server.port}/postgres"
            write = [sys.executable, str(PROJECT_ROOT / "docs" / "write_superset.py"), "--uri", uri]
            subprocess.run([*write, "--into", str(folder), "--release", str(release)], check=True, capture_output=True)
            client = stack.enter_context(running_superset(program, folder))
            found = check(client, folder / f"reform_{engine}.zip", engine, password)
            print(json.dumps(found, ensure_ascii=False, indent=1), flush=True)
            faults += sum(1 for rows in found["rows_by_chart"].values() if not rows)
            if arguments.shot:
                picture(client, arguments.shot / f"superset_{engine}.png")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
