"""Nothing about a person leaves the archive."""

from __future__ import annotations

import hashlib
import hmac
import stat
from pathlib import Path

import duckdb
import pytest

from ingestion.dossiers import steps
from ingestion.dossiers.privacy import KEY_VARIABLE, hmac_pads, hmac_sql, secret_key, without_personal_data
from tests.ingestion.dossiers.exports import aside, export, ingest, lake
from warehouse.errors import EnvironmentBroken
from warehouse.home import Home

_PHONE = "0999123457"
_COLUMNS = ("dossier_id", "unit", "filed_at", "due_at", "returned_at", "applicant_identifier")


def _leaks(home: Home, planted: str) -> list[str]:
    """Files outside the archive that hold `planted`, Parquet and DuckDB files read as tables too."""
    found = []
    for path in home.root.rglob("*"):
        if not path.is_file() or path.is_relative_to(home.archive):
            continue
        text = path.read_bytes()
        if path.suffix == ".parquet":
            text += repr(duckdb.sql(f"select * from read_parquet('{path}')").fetchall()).encode()
        if planted.encode() in text:
            found.append(str(path))
    return found


@pytest.mark.parametrize(
    "column", ["phone", "ward", "field", "filed_at", "rating", "procedure_code", "way_of_filing", "unit"]
)
def test_planted_phone_is_nowhere_but_in_the_archive(home: Home, tmp_path: Path, column: str) -> None:
    rows = [{"phone": "x"}, {"phone": "x"}, {"phone": "x", column: _PHONE}]
    report = ingest(home, export(tmp_path, "a_2025-09.csv", *rows))
    steps.measure_exports(home)
    assert report["loaded"]
    assert _leaks(home, _PHONE) == []
    assert _PHONE not in repr(report)


def test_planted_phone_of_a_refused_file_is_not_in_its_refusal(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "a_2025-09.csv"
    path.write_text(f'Mã hồ sơ,Đơn vị,Ngày nộp,Ngày hẹn trả,Ngày trả,{_PHONE}\nH1,Lào Cai,1,1,1,{_PHONE},"\n', "utf-8")
    report = ingest(home, path)
    assert report["refused"]
    assert _leaks(home, _PHONE) == []
    assert _PHONE not in repr(report)


def test_name_in_a_wrong_column_is_not_shown_but_a_recurring_word_is(home: Home, tmp_path: Path) -> None:
    rows = [{}] * 30 + [{"way_of_filing": "Nguyễn Văn An"}] + [{"way_of_filing": "Qua Zalo"}] * 3
    ingest(home, export(tmp_path, "a_2025-09.csv", *rows))
    assert aside(home, "text_found") == [("a text of 13 characters, not shown",), *[("Qua Zalo",)] * 3]


def test_identifier_leaves_as_hmac_of_this_installation(home: Home, tmp_path: Path) -> None:
    ingest(home, export(tmp_path, "a_2025-09.csv", {"applicant_identifier": "000123456789"}, columns=_COLUMNS))
    expected = hmac.new(secret_key(home), b"000123456789", hashlib.sha256).hexdigest()
    assert lake(home, "applicant_key") == [(expected,)]
    assert _leaks(home, "000123456789") == []


def test_hmac_in_sql_is_hmac() -> None:
    for key in (b"k" * 32, b"long" * 40):
        with duckdb.connect() as connection:
            (row,) = connection.execute("select " + hmac_sql("'Nguyễn'"), hmac_pads(key)).fetchall()
        assert row == (hmac.new(key, "Nguyễn".encode(), hashlib.sha256).hexdigest(),)


def test_key_is_made_once_and_nobody_else_may_read_it(home: Home) -> None:
    key = secret_key(home)
    path = home.root / "secrets" / "dossiers.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert secret_key(home) == key
    path.chmod(0o644)
    with pytest.raises(EnvironmentBroken, match="may be read by others"):
        secret_key(home)


def test_key_may_come_from_the_environment(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "ab" * 32)
    assert secret_key(home) == bytes.fromhex("ab" * 32)
    assert not (home.root / "secrets").exists()
    monkeypatch.setenv(KEY_VARIABLE, "ab")
    with pytest.raises(EnvironmentBroken, match="shorter"):
        secret_key(home)


@pytest.mark.parametrize(
    "text", ["0912 345 678", "0912.345.678", "+84 912345678", "0912-345-678", "a@b.vn", "001099012345"]
)
def test_phones_numbers_and_addresses_are_masked(text: str) -> None:
    assert text not in without_personal_data(f"gọi {text} nhé")


@pytest.mark.parametrize("text", ["03/09/2025 08:15", "1.004378", "Phường 12", "Quyết định 766"])
def test_dates_and_codes_are_not_masked(text: str) -> None:
    assert without_personal_data(text) == text
