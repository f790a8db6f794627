"""Settings of the portal: checked where they enter, and never repeated."""

from __future__ import annotations

import pytest

from ingestion.portal.settings import PortalSettings
from warehouse.errors import Misused

_SECRET = "mat-khau-3"


def test_nothing_set_means_the_stand_in() -> None:
    assert PortalSettings.from_environment({}).is_standin


def test_a_portal_named_is_a_real_one() -> None:
    found = PortalSettings.from_environment({"REFORM_PORTAL_URL": "https://dichvucong.gov.vn"})
    assert not found.is_standin


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("URL", f"http://lan:{_SECRET}@dichvucong.gov.vn"),
        ("URL", f"https://dichvucong.gov.vn/?key={_SECRET}"),
        ("URL", f"ftp://{_SECRET}"),
        ("URL", f"https://{_SECRET}:port"),
        ("URL", f"https://{_SECRET}/\x07"),
        ("PROXY", f"socks://{_SECRET}"),
        ("CA", f"/nowhere/{_SECRET}"),
        ("REQUESTS_PER_SECOND", _SECRET),
        ("FROM_MONTH", _SECRET),
        ("ULR", _SECRET),
    ],
)
def test_a_wrong_setting_is_named_without_its_value(name: str, value: str) -> None:
    with pytest.raises(Misused) as misused:
        PortalSettings.from_environment({f"REFORM_PORTAL_{name}": value})
    assert f"REFORM_PORTAL_{name}" in str(misused.value)
    assert _SECRET not in str(misused.value)


def test_settings_shown_do_not_show_the_password() -> None:
    found = PortalSettings.from_environment({"REFORM_PORTAL_URL": f"https://lan:{_SECRET}@portal.example.vn"})
    assert _SECRET not in repr(found)
