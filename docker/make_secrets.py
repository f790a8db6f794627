"""Make the secrets of one installation: `python3 docker/make_secrets.py [FOLDER]`. Needs Python and openssl only.

One file a secret, in `docker/secrets` by default. A file that is there stays: run it again after an upgrade and only
what is new is made. Every value is random; there is no default password. The folder is its owner's alone (0700); the
files in it may be read, because the containers, which mount them one by one, run as other users.
"""

from __future__ import annotations

import base64
import json
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

#: What people log in to Airflow as; roles in compose.yml, service `api-server`.
USERS = ("admin", "operator", "viewer")


def make_secrets(folder: Path) -> list[str]:
    """Write the files that are missing; returns their names."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made: list[str] = []

    def secret(name: str, value: str) -> str:
        path = folder / name
        if not path.exists():
            partial = folder / f".{name}.partial"
            partial.write_text(value, "utf-8")
            partial.chmod(0o444)
            partial.replace(path)
            made.append(name)
        return path.read_text("utf-8")

    secret("postgres_password", secrets.token_urlsafe(24))
    airflow = secret("airflow_db_password", secrets.token_urlsafe(24))
    superset = secret("superset_db_password", secrets.token_urlsafe(24))
    broker = secret("broker_password", secrets.token_urlsafe(24))
    secret("airflow_db_url", f"postgresql+psycopg2://airflow:{airflow}@postgres:5432/airflow")
    secret("airflow_db_async_url", f"postgresql+asyncpg://airflow:{airflow}@postgres:5432/airflow")
    secret("celery_result_backend", f"db+postgresql+psycopg2://airflow:{airflow}@postgres:5432/airflow")
    secret("broker_url", f"redis://:{broker}@broker:6379/0")
    secret("superset_db_url", f"postgresql+psycopg2://superset:{superset}@postgres:5432/superset")
    secret("superset_secret_key", secrets.token_urlsafe(48))
    secret("superset_admin_password", secrets.token_urlsafe(18))
    secret("fernet_key", base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
    secret("api_secret_key", secrets.token_urlsafe(48))
    secret("jwt_secret", secrets.token_urlsafe(48))
    secret("airflow_passwords", json.dumps({user: secrets.token_urlsafe(18) for user in USERS}))
    if not (folder / "tls_certificate").exists():
        _self_signed(folder)
        made += ["tls_key", "tls_certificate"]
    return made


def _self_signed(folder: Path, site: str = "localhost") -> None:
    """A certificate browsers warn of, until the house's own takes its place."""
    openssl = shutil.which("openssl")
    if openssl is None:
        raise SystemExit(f"openssl is missing: put tls_certificate and tls_key (PEM) into {folder} yourself")
    subprocess.run(
        [
            openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc",
            "-days", "365", "-subj", f"/CN={site}", "-addext", f"subjectAltName=DNS:{site},IP:127.0.0.1",
            "-keyout", str(folder / "tls_key"), "-out", str(folder / "tls_certificate"),
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    for name in ("tls_key", "tls_certificate"):
        (folder / name).chmod(0o444)


if __name__ == "__main__":
    into = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent / "secrets"
    print(f"{into}: made {', '.join(make_secrets(into)) or 'nothing, all are there'}")
