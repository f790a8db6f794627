"""Who may do what in Airflow: the roles of this project, put on those of Airflow's simple auth manager.

| role | in Airflow | may |
|---|---|---|
| `viewer` | viewer | see DAGs, runs and logs |
| `data_owner` | viewer | the same: a data owner sends files and work lists, and sees what became of them |
| `operator` | user | also trigger, pause, clear and backfill |
| `admin` | admin | also pools, connections and variables; there is one, `admin`, always |
"""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

from warehouse.errors import EnvironmentBroken, Misused

ADMIN = "admin"
VARIABLE = "REFORM_AIRFLOW_USERS"
ROLES = {"viewer": "viewer", "data_owner": "viewer", "operator": "user", "admin": "admin"}

_USER = re.compile(r"[a-z][a-z0-9._-]{0,63}")


def airflow_users(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """User -> role of Airflow, from `REFORM_AIRFLOW_USERS` (`lan:viewer,minh:operator`), the administrator first.

    Raises:
        Misused: a name or a role is none, or a name stands there twice.
    """
    given = (os.environ if environment is None else environment).get(VARIABLE, "")
    users = {ADMIN: ROLES["admin"]}
    for item in filter(None, (part.strip() for part in given.split(","))):
        name, _, role = item.partition(":")
        if not _USER.fullmatch(name) or role not in ROLES or name in users:
            raise Misused(
                f"{VARIABLE}: {item!r} is not name:role with a new name of small letters and one of the roles "
                f"{', '.join(ROLES)}; {ADMIN} is always there"
            )
        users[name] = ROLES[role]
    return users


def password_file(folder: Path, users: Mapping[str, str]) -> Path:
    """The file of passwords (0600) with one for each of `users`: a new one for who is new, none for who is gone.

    Raises:
        EnvironmentBroken: the file cannot be read.
    """
    path = folder / "passwords.json"
    try:
        known = json.loads(path.read_text("utf-8")) if path.exists() else {}
    except ValueError as error:
        raise EnvironmentBroken(f"{path} is damaged ({error}): delete it, and new passwords are made") from error
    wanted = {user: known.get(user) or secrets.token_urlsafe(18) for user in users}
    if wanted != known:
        write_private(path, json.dumps(wanted))
    return path


def write_private(path: Path, text: str) -> None:
    """Write a file only its owner may read, whole or not at all."""
    partial = path.with_name(f"{path.name}.partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
    partial.replace(path)
