"""The settings under which Airflow runs here: everything below `REFORM_HOME/airflow`, nothing beyond 127.0.0.1."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import sqlite3
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

from cli.airflow_roles import ADMIN, airflow_users, password_file, write_private
from cli.metadata_address import metadata_address
from warehouse.errors import EnvironmentBroken
from warehouse.home import PROJECT_ROOT, Home

DEFAULT_PORT = 8080


def airflow_environment(home: Home, port: int = DEFAULT_PORT) -> dict[str, str]:
    """Environment variables for every Airflow process of this home; secrets are generated once and kept private."""
    folder = home.airflow
    folder.mkdir(parents=True, exist_ok=True)
    database = metadata_address(folder)
    users = airflow_users()
    bundle = [
        {
            "name": "reform",
            "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle",
            "kwargs": {"path": str(PROJECT_ROOT / "dags")},
        }
    ]
    # The triggerer imports our triggers by name, from beside the DAG files.
    python_path = [str(PROJECT_ROOT), str(PROJECT_ROOT / "dags"), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        "AIRFLOW_HOME": str(folder),
        "REFORM_HOME": str(home.root),
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(python_path)),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database.for_sync,
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": database.for_async,
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT_ROOT / "dags"),
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps(bundle),
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "30",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "2",
        "AIRFLOW__CORE__FERNET_KEY": _secret(folder / "fernet_key", fernet=True),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{user}:{role}" for user, role in users.items()),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(password_file(folder, users)),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__SECRET_KEY": _secret(folder / "api_secret"),
        "AIRFLOW__API_AUTH__JWT_SECRET": _secret(folder / "jwt_secret"),
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(folder / "logs"),
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
        # Events of DAGs and tasks go where OPENLINEAGE_* says, nowhere else; the code of a task is nobody's business.
        "AIRFLOW__OPENLINEAGE__DISABLE_SOURCE_CODE": "True",
        "AIRFLOW__OPENLINEAGE__NAMESPACE": os.environ.get("OPENLINEAGE_NAMESPACE") or "reform",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "GX_ANALYTICS_ENABLED": "false",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }


def admin_password(home: Home) -> str:
    """The generated password of the administrator."""
    return str(json.loads(password_file(home.airflow, airflow_users()).read_text("utf-8"))[ADMIN])


def ensure_metadata(home: Home) -> None:
    """Bring the metadata database to this Airflow's version and make the one-slot writer pool.

    Call it with `airflow_environment` applied. A stamp saves the six seconds a migration check costs.
    """
    stamp = home.airflow / "metadata_version"
    connection = os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
    # A hash, because the address holds a password.
    wanted = f"{version('apache-airflow')} {hashlib.sha256(connection.encode()).hexdigest()[:16]}"
    missing = lacks_metadata(connection)
    if not missing and stamp.exists() and stamp.read_text("utf-8") == wanted:
        return
    from airflow.models.pool import Pool
    from airflow.utils import db

    db.upgradedb()
    Pool.create_or_update_pool(
        "warehouse_writer",
        slots=1,
        description="whoever writes the build or a release",
        include_deferred=False,
    )
    write_private(stamp, wanted)


def require_metadata() -> None:
    """Say so if the metadata database went away under a run: Airflow itself only says that a server returned an error.

    Raises:
        EnvironmentBroken: it did.
    """
    if lacks_metadata(os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]):
        raise EnvironmentBroken(
            "Airflow's metadata database went away in mid-run. `current` is what it was and nothing received is lost. "
            "Run this again: a new one is made, only the log of past runs is gone"
        )


def lacks_metadata(connection: str, *, patience_seconds: int | None = None) -> bool:
    """Whether the database lacks Airflow's tables: a file may be removed, a database dropped.

    Raises:
        EnvironmentBroken: the file is damaged, or the server does not answer (by default as long as libpq waits).
    """
    prefix = "sqlite:///"
    if connection.startswith(prefix):
        return not has_airflow_tables(Path(connection.removeprefix(prefix)))
    from sqlalchemy import create_engine, inspect
    from sqlalchemy.exc import OperationalError
    from sqlalchemy.pool import NullPool

    try:
        patience = {} if patience_seconds is None else {"connect_timeout": patience_seconds}
        engine = create_engine(connection, poolclass=NullPool, connect_args=patience)
        return not inspect(engine).has_table("alembic_version")
    except OperationalError as error:
        raise EnvironmentBroken(
            f"The PostgreSQL that DATABASE_URL names, Airflow's metadata, does not answer: {str(error.orig).strip()}"
        ) from None


def has_airflow_tables(database: Path) -> bool:
    """Whether Airflow's tables are in the file: one deleted under a running Airflow comes back as an empty one."""
    if not database.exists():
        return False
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        try:
            found = connection.execute("select 1 from sqlite_master where name = 'dag_run'").fetchone()
        except sqlite3.DatabaseError as error:
            raise EnvironmentBroken(
                f"Airflow's metadata database {database} is damaged ({error}): move it away, and the next run makes "
                "a new one. It holds no figures, only the log of past runs"
            ) from error
    return found is not None


def _secret(path: Path, *, fernet: bool = False) -> str:
    if not path.exists():
        value = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode() if fernet else secrets.token_urlsafe(48)
        write_private(path, value)
    return path.read_text("utf-8")
