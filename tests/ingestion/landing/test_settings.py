"""What a landing address may be, and that no secret is ever shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingestion.landing.settings import LandingSettings
from warehouse.errors import Misused


def read(**settings: str) -> LandingSettings | None:
    return LandingSettings.from_environment(environment={f"REFORM_LANDING_{name}": v for name, v in settings.items()})


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("file:///srv/n%C6%A1i%20nh%E1%BA%ADn", "file:///srv/nơi nhận"),
        ("s3://bucket/prefix/", "s3://bucket/prefix"),
        ("sftp://lan@host:2222/in", "sftp://host:2222/in"),
        ("webdavs://host/dav", "webdavs://host/dav"),
    ],
)
def test_an_address_is_shown_without_its_user(url: str, place: str) -> None:
    settings = read(URL=url)
    assert settings is not None
    assert settings.place == place


@pytest.mark.parametrize(
    "url",
    [
        "http://host/x",
        "sftp://lan:bimat@host/x",
        "s3://bucket/x?versionId=1",
        "file://host/x",
        "sftp:///x",
        "s3://b/../c",
    ],
)
def test_what_is_no_address_or_holds_a_password_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(Misused) as told:
        read(URL=url)
    assert "bimat" not in str(told.value)


def test_a_password_never_travels_in_the_clear() -> None:
    with pytest.raises(Misused, match="webdavs"):
        read(URL="webdav://files.example.vn/x", USER="lan", PASSWORD="bimat")


def test_a_password_stands_in_no_representation(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("bimat\n")
    settings = read(URL="sftp://host/x", USER="lan", PASSWORD_FILE=str(tmp_path / "password"))
    assert settings is not None
    assert settings.password == "bimat"
    assert "bimat" not in repr(settings)


@pytest.mark.parametrize(
    "wrong",
    [{"URI": "s3://x/y"}, {"URL": "s3://x/y", "SETTLE_SECONDS": "soon"}, {"URL": "sftp://h/x", "KEY_FILE": "/no"}],
)
def test_a_wrong_setting_is_named(wrong: dict[str, str]) -> None:
    with pytest.raises(Misused, match="REFORM_LANDING_"):
        read(**wrong)
