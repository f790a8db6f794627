"""Settings are refused in words, and no word repeats a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from warehouse.alerts.channels import configured_channels
from warehouse.alerts.settings import AlertSettings
from warehouse.errors import Misused

MAIL = {
    "REFORM_ALERT_SMTP_HOST": "mail.example.vn",
    "REFORM_ALERT_SMTP_FROM": "reform@example.vn",
    "REFORM_ALERT_SMTP_TO": "lan@example.vn",
}
SECRET = "s3cret-s3cret"


def refused(**environment: str) -> str:
    with pytest.raises(Misused) as raised:
        AlertSettings.from_environment({f"REFORM_ALERT_{name}": value for name, value in environment.items()})
    return str(raised.value)


def test_nothing_set_means_no_channel() -> None:
    assert configured_channels(AlertSettings.from_environment({"HOME": "/root", "REFORM_ALERT_SLACK_URL": " "})) == []


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465), ("none", 25)])
def test_the_port_follows_from_the_security(security: str, port: int) -> None:
    assert AlertSettings.from_environment({**MAIL, "REFORM_ALERT_SMTP_SECURITY": security}).port == port


def test_a_misspelt_setting_is_refused_with_the_nearest_name() -> None:
    assert "REFORM_ALERT_SMTP_HOST is the nearest" in refused(SMPT_HOST="mail.example.vn")


def test_half_a_mail_server_is_refused_with_what_is_missing() -> None:
    assert "REFORM_ALERT_SMTP_FROM, REFORM_ALERT_SMTP_TO" in refused(SMTP_HOST="mail.example.vn")


@pytest.mark.parametrize(
    "address",
    ["lan@example.vn\r\nBcc: all@example.vn", "lan@example.vn\nX: y", "Lan <lan@example.vn>", "lan", "lan @example.vn"],
)
def test_an_address_that_could_write_headers_is_refused(address: str) -> None:
    said = refused(SMTP_HOST="mail.example.vn", SMTP_FROM="a@example.vn", SMTP_TO=address)
    assert "REFORM_ALERT_SMTP_TO" in said
    assert "Bcc" not in said


def test_a_password_is_not_sent_in_the_clear() -> None:
    mail = {name.removeprefix("REFORM_ALERT_"): value for name, value in MAIL.items()}
    said = refused(**mail, SMTP_USER="reform", SMTP_PASSWORD=SECRET, SMTP_SECURITY="none")
    assert "in the clear" in said
    assert SECRET not in said


def test_a_password_mail_servers_cannot_take_is_refused() -> None:
    mail = {name.removeprefix("REFORM_ALERT_"): value for name, value in MAIL.items()}
    said = refused(**mail, SMTP_USER="reform", SMTP_PASSWORD="mật khẩu")
    assert "ASCII" in said
    assert "mật khẩu" not in said


def test_an_authority_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "house.pem").write_text("no certificate", "utf-8")
    settings = AlertSettings.from_environment({**MAIL, "REFORM_ALERT_CA_FILE": str(tmp_path / "house.pem")})
    with pytest.raises(Misused, match="REFORM_ALERT_CA_FILE"):
        configured_channels(settings)


def test_a_webhook_beyond_the_house_needs_https() -> None:
    said = refused(SLACK_URL=f"http://hooks.example.com/{SECRET}")
    assert "https://" in said
    assert SECRET not in said


@pytest.mark.parametrize("value", [SECRET, f"ftp://x/{SECRET}", f"https:///{SECRET}"])
def test_what_is_no_address_is_refused_without_repeating_it(value: str) -> None:
    assert SECRET not in refused(TEAMS_URL=value)


def test_a_webhook_within_the_house_may_do_without() -> None:
    settings = AlertSettings.from_environment({"REFORM_ALERT_MATTERMOST_URL": "http://mattermost:8065/hooks/x"})
    assert [channel.where for channel in configured_channels(settings)] == ["mattermost"]


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "password").write_text(f"{SECRET}\n", "utf-8")
    settings = AlertSettings.from_environment(
        {**MAIL, "REFORM_ALERT_SMTP_USER": "reform", "REFORM_ALERT_SMTP_PASSWORD_FILE": str(tmp_path / "password")}
    )
    assert settings.smtp_password is not None
    assert settings.smtp_password.get_secret_value() == SECRET


def test_a_secret_given_twice_is_refused(tmp_path: Path) -> None:
    assert "keep one" in refused(SLACK_URL="https://x.example/a", SLACK_URL_FILE=str(tmp_path / "url"))


def test_a_secret_file_that_is_missing_is_named(tmp_path: Path) -> None:
    assert str(tmp_path / "gone") in refused(SLACK_URL_FILE=str(tmp_path / "gone"))


def test_settings_printed_show_no_secret() -> None:
    settings = AlertSettings.from_environment(
        {
            **MAIL,
            "REFORM_ALERT_SMTP_USER": "reform",
            "REFORM_ALERT_SMTP_PASSWORD": SECRET,
            "REFORM_ALERT_SLACK_URL": f"https://hooks.example.com/{SECRET}",
        }
    )
    shown = repr(settings) + repr(configured_channels(settings)) + str([c.where for c in configured_channels(settings)])
    assert SECRET not in shown
