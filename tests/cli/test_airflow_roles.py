"""What each role may do in Airflow, as the auth manager in use says; and the passwords, which are never defaults."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from cli.airflow_environment import airflow_environment
from cli.airflow_roles import ROLES, VARIABLE, airflow_users, password_file
from warehouse.errors import EnvironmentBroken, Misused
from warehouse.home import Home

#: role -> may it see runs, start a run, change a pool
RIGHTS = {
    "viewer": (True, False, False),
    "data_owner": (True, False, False),
    "operator": (True, True, False),
    "admin": (True, True, True),
}


@pytest.mark.parametrize("role", sorted(ROLES))
def test_a_role_may_do_in_airflow_what_the_threat_model_says(role: str) -> None:
    from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
    from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    users = airflow_users({VARIABLE: f"lan:{role}"})
    user, manager = SimpleAuthManagerUser(username="lan", role=users["lan"]), SimpleAuthManager()
    assert RIGHTS[role] == (
        manager.is_authorized_dag(method="GET", access_entity=DagAccessEntity.RUN, user=user),
        manager.is_authorized_dag(method="POST", access_entity=DagAccessEntity.RUN, user=user),
        manager.is_authorized_pool(method="PUT", user=user),
    )


def test_the_users_of_the_setting_reach_airflow_with_passwords_of_their_own(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "lan:viewer, minh:operator")
    settings = airflow_environment(home)
    assert settings["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS"] == "admin:admin,lan:viewer,minh:user"
    file = Path(settings["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"])
    passwords = json.loads(file.read_text("utf-8"))
    assert list(passwords) == ["admin", "lan", "minh"]
    assert len({*passwords.values(), *passwords}) == 6
    assert min(len(password) for password in passwords.values()) >= 24
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_who_is_gone_has_no_password_and_who_stays_keeps_theirs(tmp_path: Path) -> None:
    before = json.loads(password_file(tmp_path, {"admin": "admin", "lan": "viewer"}).read_text("utf-8"))
    after = json.loads(password_file(tmp_path, {"admin": "admin", "minh": "user"}).read_text("utf-8"))
    assert sorted(after) == ["admin", "minh"]
    assert after["admin"] == before["admin"]


@pytest.mark.parametrize(
    "given", ["lan", "lan:root", "lan:", "LAN:viewer", "admin:viewer", "a:viewer,a:operator", "a b:viewer"]
)
def test_what_is_no_user_with_a_role_is_refused(given: str) -> None:
    with pytest.raises(Misused, match=VARIABLE):
        airflow_users({VARIABLE: given})


def test_a_damaged_file_of_passwords_is_named(tmp_path: Path) -> None:
    (tmp_path / "passwords.json").write_text("{")
    with pytest.raises(EnvironmentBroken, match="damaged"):
        password_file(tmp_path, {"admin": "admin"})
