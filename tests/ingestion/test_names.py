"""Printed names become units by spelling and year, and are never guessed."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ingestion import papi, pci
from ingestion.names import MAX_NAME_LENGTH, UnitResolver, ascii_key, compose_key, has_vietnamese_marks
from warehouse.figures import SourceDocument
from warehouse.home import REFERENCE_DIR

RESOLVER = UnitResolver.from_reference(REFERENCE_DIR)


def _rows(table: str) -> list[dict[str, str]]:
    with (REFERENCE_DIR / f"{table}.csv").open(encoding="utf-8", newline="") as reading:
        return list(csv.DictReader(reading))


# Units of one map, so that every name below means one unit.
PROVINCES = [
    unit
    for unit in _rows("unit")
    if unit["unit_type"] == "province"
    and not unit["valid_from"] > "2025-06-30"
    and not (unit["valid_to"] and unit["valid_to"] < "2025-06-30")
]
LISTED = {row[column] for row in _rows("unit") for column in ("name_vi", "name_en", "short_name_vi")} | {
    row["alias"] for row in _rows("unit_alias")
}
LISTED_KEYS = {compose_key(text) for text in LISTED}
LISTED_ASCII = {ascii_key(text) for text in LISTED}


def _province(text: str, year: int | None = 2015, geography: str | None = None) -> str | None:
    return RESOLVER.resolve(text, unit_type="province", data_year=year, geography_version=geography).unit_code


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hoà Bình", "Hòa Bình"),
        ("Thuỷ", "Thủy"),
        ("ĐẮK LẮK", "Đắk Lắk"),
        ("TT- Huế", "TT.Huế"),
        ("BR-VT", "BRVT"),
        ("TP. Hồ Chí Minh", "tp hồ chí minh"),
        ("Bà Rịa – Vũng Tàu", "Bà Rịa-Vũng Tàu"),
        ("Đà\u00a0Nẵng\u200b", "Đà Nẵng"),
        (unicodedata.normalize("NFD", "Bạc Liêu"), "Bạc Liêu"),
        ("Ðồng Nai", "Đồng Nai"),
    ],
)
def test_spelling_without_meaning_does_not_count(one: str, other: str) -> None:
    assert compose_key(one) == compose_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Quàng Ngãi", "Quảng Ngãi"),
        ("Ha Nàm", "Hà Nam"),
        ("Đăk Lăk", "Đắk Lắk"),
        ("Dong Nai", "Đồng Nai"),
        ("Quan\u0309g Ngai", "Quang Ngai"),
    ],
)
def test_marks_count(one: str, other: str) -> None:
    assert compose_key(one) != compose_key(other)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Tp.HCM", "ho_chi_minh"),
        ("TP.HCM", "ho_chi_minh"),
        ("HCMC", "ho_chi_minh"),
        ("T.P Hồ Chí Minh", "ho_chi_minh"),
        ("Hồ Chí Minh", "ho_chi_minh"),
        ("TP. Ho Chi Minh", "ho_chi_minh"),
        ("Ho Chi Minh City", "ho_chi_minh"),
        ("TT- Huế", "thua_thien_hue"),
        ("TT.Huế", "thua_thien_hue"),
        ("Thừa Thiên-Huế", "thua_thien_hue"),
        ("BR-VT", "ba_ria_vung_tau"),
        ("BRVT", "ba_ria_vung_tau"),
        ("Bắc Cạn", "bac_kan"),
        ("Bac Can", "bac_kan"),
        ("Quàng Ngãi", "quang_ngai"),
        ("Đak Nông", "dak_nong"),
        ("Đăk Lăk", "dak_lak"),
        ("Đắc Lắk", "dak_lak"),
        ("tỉnh Hòa Bình", "hoa_binh"),
        ("TỈNH HOÀ BÌNH", "hoa_binh"),
        ("Tinh Ha Giang", "ha_giang"),
        ("Thành phố Đà Nẵng", "da_nang"),
        ("Da Nang City", "da_nang"),
        ("Hanoi", "ha_noi_2008"),
        ("  Quảng Ngãi ", "quang_ngai"),
        ("Lam Dong Province", "lam_dong"),
    ],
)
def test_spelling_means_its_province(text: str, code: str) -> None:
    assert _province(text) == code


@pytest.mark.parametrize(
    ("text", "year", "geography", "code"),
    [
        ("Lào Cai", 2024, None, "lao_cai"),
        ("Lào Cai", 2025, None, "lao_cai_2025"),
        ("Lào Cai", 2024, "34", "lao_cai_2025"),
        ("Yên Bái", 2025, None, None),
        ("Hà Nội", 2007, None, "ha_noi"),
        ("Hà Nội", 2008, None, "ha_noi_2008"),
        ("Hà Nội", 2008, "64", "ha_noi"),
        ("Hà Tây", 2008, "64", "ha_tay"),
        ("Hà Tây", 2012, None, None),
        ("Huế", 2024, "34", "thua_thien_hue"),
        ("Thừa Thiên Huế", 2012, None, "thua_thien_hue"),
        ("Thừa Thiên Huế", 2025, None, "thua_thien_hue"),
        ("Thua Thien-Hue", 2025, None, "thua_thien_hue"),
        ("TT-Huế", 2019, None, "thua_thien_hue"),
        ("Huế", 2019, None, "thua_thien_hue"),
        ("Hue", 2025, None, "thua_thien_hue"),
        ("Thành phố Huế", 2025, None, "thua_thien_hue"),
        ("Cao Bằng", None, None, "cao_bang"),
        ("Thành phố Đồng Nai", 2026, None, "dong_nai_2025"),
        ("Thành phố Đồng Nai", 2012, None, None),
        ("Hà Nội", 2012, "99", None),
        ("Hà Nội", 10**9, None, None),
    ],
)
def test_year_and_map_decide_which_unit_a_name_means(
    text: str, year: int | None, geography: str | None, code: str | None
) -> None:
    assert _province(text, year, geography) == code


@pytest.mark.parametrize(
    ("text", "year", "code"),
    [
        ("Bộ Tài chính", 2024, "m_finance"),
        ("BỘ TÀI CHÍNH", 2025, "m_finance_2025"),
        ("Bộ Lao động – Thương binh và Xã hội", 2024, "m_labour_invalids_social_affairs"),
        ("Bộ Kế hoạch và Đầu tư", 2025, None),
        ("Uỷ ban Dân tộc", 2024, "m_ethnic_minority_affairs"),
    ],
)
def test_ministry_follows_the_year(text: str, year: int, code: str | None) -> None:
    assert RESOLVER.resolve(text, unit_type="ministry", data_year=year).unit_code == code


def test_name_without_year_that_two_units_bore_is_ambiguous() -> None:
    match = RESOLVER.resolve("Lào Cai", unit_type="province", data_year=None)
    assert (match.unit_code, match.issue, match.candidates) == (
        None,
        "name_ambiguous",
        ("Lào Cai [lao_cai] 100 %", "Lào Cai [lao_cai_2025] 100 %"),
    )


def test_unresolved_name_names_the_nearest_candidates() -> None:
    match = RESOLVER.resolve("Quảng Ngai", unit_type="province", data_year=2012)
    assert match.issue == "name_unresolved"
    assert match.candidates == (
        "Quảng Ngãi [quang_ngai] 95 %",
        "Quảng Nam [quang_nam] 84 %",
        "Quảng Ninh [quang_ninh] 80 %",
    )


def test_name_of_another_time_says_so_among_the_candidates() -> None:
    match = RESOLVER.resolve("Yên Bái", unit_type="province", data_year=2025)
    assert (match.unit_code, match.issue) == (None, "unit_of_another_time")
    assert match.candidates[0] == "Yên Bái [yen_bai] 100 % (until 2025-06-30)"


def test_a_name_on_a_map_nobody_described_is_not_of_another_time() -> None:
    match = RESOLVER.resolve("Yên Bái", unit_type="province", data_year=2020, geography_version="99")
    assert match.issue == "name_unresolved"


def test_city_inside_a_province_is_not_the_province() -> None:
    assert _province("TP. Bắc Ninh") is None


def test_name_of_another_kind_of_unit_does_not_match() -> None:
    assert RESOLVER.resolve("Tây Nguyên", unit_type="province", data_year=2023).unit_code is None


@pytest.mark.parametrize("text", ["", "   ", "***", "à" * (MAX_NAME_LENGTH + 1), "Hà Nội; drop table unit", "\x00"])
def test_what_is_no_name_is_unresolved(text: str) -> None:
    assert RESOLVER.resolve(text, unit_type="province", data_year=2015).issue == "name_unresolved"


@pytest.mark.parametrize(("year", "version"), [(2007, "64"), (2008, "63"), (2024, "63"), (2025, "34"), (2031, "34")])
def test_map_of_a_year_is_the_one_of_its_last_day(year: int, version: str) -> None:
    geography = RESOLVER.geography_of_year(year)
    assert geography is not None
    assert geography.geography_version == version


def test_alias_of_an_unknown_unit_is_refused(tmp_path: Path) -> None:
    for table in ("unit", "geography_version"):
        (tmp_path / f"{table}.csv").write_bytes((REFERENCE_DIR / f"{table}.csv").read_bytes())
    (tmp_path / "unit_alias.csv").write_text("alias,unit_code,alias_kind,source_url\nX,nowhere,observed,u\n", "utf-8")
    with pytest.raises(ValueError, match="nowhere"):
        UnitResolver.from_reference(tmp_path)


# -- properties ----------------------------------------------------------------------------------------------------


@given(
    unit=st.sampled_from(PROVINCES),
    form=st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]),
    case=st.sampled_from([str.upper, str.lower, str.title, str.swapcase]),
    gap=st.sampled_from([" ", "  ", "\u00a0", "\t"]),
)
def test_form_case_and_spaces_of_an_official_name_do_not_count(
    unit: dict[str, str], form: Literal["NFC", "NFD", "NFKC", "NFKD"], case: Callable[[str], str], gap: str
) -> None:
    written = unicodedata.normalize(form, case(unit["name_vi"])).replace(" ", gap)
    assert _province(written) == unit["unit_code"]


@given(unit=st.sampled_from(PROVINCES))
def test_official_name_without_any_mark_means_the_same_unit(unit: dict[str, str]) -> None:
    spread = unicodedata.normalize("NFD", unit["name_vi"].replace("đ", "d").replace("Đ", "D"))
    assert _province("".join(sign for sign in spread if not unicodedata.combining(sign))) == unit["unit_code"]


@given(unit=st.sampled_from(PROVINCES), data=st.data())
def test_near_miss_never_resolves(unit: dict[str, str], data: st.DataObject) -> None:
    name = unit["name_vi"]
    at = data.draw(st.integers(0, len(name) - 1))
    letter = data.draw(st.sampled_from("abcdeghiklmnopqrstuvxyàáảãạăâđêôơưẳ"))
    missed = name[:at] + letter + name[at + data.draw(st.integers(0, 1)) :]
    listed = compose_key(missed) in LISTED_KEYS
    assume(not listed and (has_vietnamese_marks(missed) or ascii_key(missed) not in LISTED_ASCII))
    assert _province(missed) is None


@given(
    text=st.text(max_size=300), year=st.none() | st.integers(-5, 12_000), geography=st.sampled_from([None, "63", "x"])
)
def test_any_text_gives_an_answer(text: str, year: int | None, geography: str | None) -> None:
    match = RESOLVER.resolve(text, unit_type="province", data_year=year, geography_version=geography)
    assert (match.unit_code is None) == (match.issue is not None)


def _half_marked() -> Iterator[str]:
    """Every official name with the marks of one syllable left out."""
    for unit in PROVINCES:
        syllables = unit["name_vi"].split(" ")
        for at, syllable in enumerate(syllables):
            bare = "".join(s for s in unicodedata.normalize("NFD", syllable) if not unicodedata.combining(s))
            text = " ".join([*syllables[:at], bare, *syllables[at + 1 :]])
            if compose_key(text) not in LISTED_KEYS and has_vietnamese_marks(text):
                yield text


def test_name_with_part_of_its_marks_does_not_resolve() -> None:
    assert [text for text in _half_marked() if _province(text) is not None] == []


# -- the real files ------------------------------------------------------------------------------------------------


def _unresolved(folder: Path, source: str) -> list[tuple[str, str]]:
    parser = {"pci": pci, "papi": papi}[source]
    found = []
    for path in sorted(folder.iterdir()):
        if "codebook" in path.name:
            continue
        document = SourceDocument("doc_test", "0" * 64, source, path.name, path.stat().st_size, "", "", "")
        figures = parser.parse(document, path, resolver=RESOLVER).figures
        codes, texts = figures["unit_code"].to_pylist(), figures["unit_text"].to_pylist()
        found += [(path.name, text) for code, text in zip(codes, texts, strict=True) if code is None]
    return found


@pytest.mark.parametrize("source", ["pci", "papi"])
def test_every_name_in_the_real_files_resolves(shared_data: Path, source: str) -> None:
    assert _unresolved(shared_data / source, source) == []
