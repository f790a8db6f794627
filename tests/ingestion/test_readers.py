"""What the readers accept, and that everything else ends in a refusal with words."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from ingestion.readers import cell_name, read_csv, read_workbook
from ingestion.readers import tabular as tabular_module
from warehouse.errors import Refused


def workbook_bytes(*rows: tuple[object, ...]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows or (("Tỉnh", "PCI 2014"), ("Lào Cai", 64.67)):
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def repacked(data: bytes, change: Callable[[str, bytes], bytes], extra: dict[str, bytes] | None = None) -> bytes:
    """The same package with its members changed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        for name, content in (extra or {}).items():
            new.writestr(name, content)
    return buffer.getvalue()


def refused_rule(read: Callable[[Path, str], object], data: bytes, tmp_path: Path, name: str = "tệp.xlsx") -> str:
    path = tmp_path / "file"
    path.write_bytes(data)
    with pytest.raises(Refused) as caught:
        read(path, name)
    refusal = caught.value.refusals[0]
    assert refusal.file_name == name
    assert all((refusal.found, refusal.expected, refusal.text_en, refusal.text_vi, refusal.action))
    return refusal.rule


def sheet_values(path: Path, name: str = "a.xlsx") -> list[list[object]]:
    return [[cell and cell.value for cell in row] for row in read_workbook(path, name).sheets[0].cells]


# -- workbooks that are read --------------------------------------------------------------------------------------


def test_cells_start_at_a1_and_blanks_are_none(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(workbook_bytes((), (None, "Lào Cai", 64.67, True, "  ")))
    assert sheet_values(path) == [[None] * 5, [None, "Lào Cai", 64.67, True, None]]


def test_texts_come_in_nfc(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(workbook_bytes(("La\u0300o Cai",)))
    assert sheet_values(path) == [["Lào Cai"]]


@pytest.mark.parametrize(("place", "name"), [((2, 2), "C3"), ((0, 25), "Z1"), ((9, 26), "AA10"), ((0, 702), "AAA1")])
def test_cell_names_are_those_a_spreadsheet_shows(place: tuple[int, int], name: str) -> None:
    assert cell_name(*place) == name


def test_openpyxl_reads_what_calamine_gives_up_on_and_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def give_up(data: bytes) -> None:
        raise tabular_module._ReaderGaveUp("XmlError: bad")

    monkeypatch.setattr(tabular_module, "_read_with_calamine", give_up)
    path = tmp_path / "a"
    path.write_bytes(workbook_bytes())
    assert "calamine raised XmlError: bad" in read_workbook(path, "a.xlsx").reader


def test_a_library_that_dies_over_a_file_does_not_take_us_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dying = tmp_path / "dying.py"
    dying.write_text("import os\nos.abort()\n", "utf-8")
    monkeypatch.setattr(tabular_module.calamine_child, "__file__", str(dying))
    path = tmp_path / "a"
    path.write_bytes(workbook_bytes())
    assert read_workbook(path, "a.xlsx").reader.startswith("openpyxl")


def test_xls_whose_list_of_sheets_points_elsewhere_is_refused(tmp_path: Path, shared_data: Path) -> None:
    data = bytearray((shared_data / "pci" / "PCI_2005.xls").read_bytes())
    entry = data.index(b"\x85\x00")  # the first BOUNDSHEET record: type, length, position of the sheet
    struct.pack_into("<I", data, entry + 4, 8)
    path = tmp_path / "a"
    path.write_bytes(bytes(data))
    with pytest.raises(Refused) as refused:
        read_workbook(path, "PCI_2005.xls")
    assert refused.value.refusals[0].found == "the list of sheets names places where no sheet begins"


def test_an_error_cell_of_xlsx_is_text_and_not_a_blank(tmp_path: Path) -> None:
    def with_error(name: str, content: bytes) -> bytes:
        return content.replace(b'<c r="B2" t="n"><v>64.67</v>', b'<c r="B2" t="e"><v>#DIV/0!</v>')

    path = tmp_path / "a"
    path.write_bytes(repacked(workbook_bytes(), with_error))
    assert sheet_values(path)[1] == ["Lào Cai", "#DIV/0!"]


def test_an_error_cell_of_xls_is_text_and_not_a_blank(tmp_path: Path, shared_data: Path) -> None:
    data = bytearray((shared_data / "pci" / "PCI_2005.xls").read_bytes())
    at = data.index(struct.pack("<HHHH", 0x0203, 14, 1, 1))  # the NUMBER record of B2
    data[at : at + 4] = struct.pack("<HH", 0x0205, 14)  # BOOLERR; its value and kind follow row, column and format
    data[at + 10 : at + 12] = bytes([0x07, 1])
    path = tmp_path / "a"
    path.write_bytes(bytes(data))
    assert sheet_values(path, "a.xls")[1][1] == "#DIV/0!"


@pytest.mark.parametrize("name", ["PCI_2005.xls", "PCI_2012.xlsx"])
def test_the_kind_is_told_by_content_and_not_by_name(name: str, shared_data: Path) -> None:
    assert len(read_workbook(shared_data / "pci" / name, "document.pdf").sheets) >= 10


# -- workbooks that are refused -----------------------------------------------------------------------------------


def test_an_empty_workbook_file_is_refused(tmp_path: Path) -> None:
    assert refused_rule(read_workbook, b"", tmp_path) == "file_empty"


@pytest.mark.parametrize(
    "data", [b"Province,PCI\n", b"<html><table></table></html>", b"%PDF-1.7 ...", bytes(5000), bytes(range(256))]
)
def test_what_is_no_workbook_is_refused(data: bytes, tmp_path: Path) -> None:
    assert refused_rule(read_workbook, data, tmp_path) == "not_a_workbook"


def test_a_zip_without_a_workbook_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    assert refused_rule(read_workbook, buffer.getvalue(), tmp_path) == "not_a_workbook"


@pytest.mark.parametrize("name", ["PCI_2005.xls", "PCI_2012.xlsx"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.99])
def test_a_truncated_workbook_is_refused(name: str, share: float, tmp_path: Path, shared_data: Path) -> None:
    data = (shared_data / "pci" / name).read_bytes()
    assert refused_rule(read_workbook, data[: int(len(data) * share)], tmp_path) == "workbook_truncated"


def test_a_password_protected_xlsx_is_refused(tmp_path: Path) -> None:
    from msoffcrypto.format.ooxml import OOXMLFile

    buffer = io.BytesIO()
    OOXMLFile(io.BytesIO(workbook_bytes())).encrypt("mật khẩu", buffer)
    assert refused_rule(read_workbook, buffer.getvalue(), tmp_path) == "workbook_encrypted"


def test_a_password_protected_xls_is_refused(tmp_path: Path, shared_data: Path) -> None:
    data = bytearray((shared_data / "pci" / "PCI_2005.xls").read_bytes())
    second_record = data.index(b"\x09\x08\x10\x00") + 20
    data[second_record : second_record + 2] = b"\x2f\x00"
    assert refused_rule(read_workbook, bytes(data), tmp_path) == "workbook_encrypted"


def test_a_member_that_unpacks_a_thousandfold_is_refused(tmp_path: Path) -> None:
    data = repacked(workbook_bytes(), lambda _, content: content, {"xl/media/big.xml": b" " * 20_000_000})
    assert refused_rule(read_workbook, data, tmp_path) == "zip_bomb"


def test_too_many_members_are_refused(tmp_path: Path) -> None:
    extra = {f"xl/media/{number}.png": b"" for number in range(2100)}
    assert refused_rule(read_workbook, repacked(workbook_bytes(), lambda _, c: c, extra), tmp_path) == "zip_bomb"


def test_a_directory_that_lies_about_a_size_is_refused(tmp_path: Path) -> None:
    data = bytearray(repacked(workbook_bytes(), lambda _, content: content, {"xl/media/big.xml": b" " * 2_000_000}))
    entry = data.rindex(b"PK\x01\x02")
    assert data[entry + 46 : entry + 46 + 16] == b"xl/media/big.xml"
    struct.pack_into("<I", data, entry + 24, 100)
    assert refused_rule(read_workbook, bytes(data), tmp_path) == "zip_bomb"


def test_entity_declarations_are_refused(tmp_path: Path) -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY b "xxxxxxxxxx"><!ENTITY c "&b;&b;&b;&b;">]>'

    def with_entities(name: str, content: bytes) -> bytes:
        return bomb + content if name == "xl/workbook.xml" else content

    assert refused_rule(read_workbook, repacked(workbook_bytes(), with_entities), tmp_path) == "xml_entity"


def test_a_stray_cell_far_away_is_refused_before_it_is_allocated(tmp_path: Path) -> None:
    def far(name: str, content: bytes) -> bytes:
        return content.replace(b'r="B2"', b'r="XFD1048576"')

    assert refused_rule(read_workbook, repacked(workbook_bytes(), far), tmp_path) == "too_many_cells"


def test_a_sheet_that_claims_a_huge_rectangle_in_xls_is_refused(tmp_path: Path, shared_data: Path) -> None:
    data = bytearray((shared_data / "pci" / "PCI_2005.xls").read_bytes())
    at = data.index(struct.pack("<HH", 0x0200, 14))
    struct.pack_into("<IIHH", data, at + 4, 0, 0xFFFFFF, 0, 256)
    assert refused_rule(read_workbook, bytes(data), tmp_path) == "too_many_cells"


def test_formulas_without_results_are_refused(tmp_path: Path) -> None:
    data = workbook_bytes(("Tỉnh", "PCI 2014"), ("Lào Cai", "=1+1"))
    assert refused_rule(read_workbook, data, tmp_path) == "formula_without_value"


def test_a_workbook_over_the_size_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tabular_module, "MAX_WORKBOOK_BYTES", 1000)
    assert refused_rule(read_workbook, workbook_bytes(), tmp_path) == "too_large"


@pytest.mark.parametrize("name", ["PCI_2005.xls", "PCI_2012.xlsx"])
def test_no_damaged_bytes_make_anything_but_a_refusal_leave(name: str, tmp_path: Path, shared_data: Path) -> None:
    original = (shared_data / "pci" / name).read_bytes()
    chance = random.Random(766)
    path = tmp_path / "damaged"
    for _ in range(40):
        data = bytearray(original)
        for _ in range(chance.choice((1, 5, 20))):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(data)
        try:
            read_workbook(path, name)
        except Refused:
            continue


# -- delimited text -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("Province,SC11\nP01,1.2\n", ","),
        ("\ufeffProvince;SC11\r\nP01;1,2\r\n", ";"),
        ("Province\tSC11\nP01\t1.2", "\t"),
    ],
)
def test_the_separator_is_found_from_the_header(text: str, delimiter: str, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text(text, "utf-8", newline="")
    table = read_csv(path, "a.csv")
    assert (table.delimiter, table.header) == (delimiter, ("Province", "SC11"))


def test_records_know_the_line_they_start_on(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text('a,b\n1,"x\ny"\n2,z\n', "utf-8")
    assert [(row.line, row.values) for row in read_csv(path, "a.csv").rows] == [(2, ("1", "x\ny")), (4, ("2", "z"))]


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "file_empty"),
        (b" \n\n", "file_empty"),
        ("Tỉnh,Điểm\nHà Nội,1\n".encode("utf-16"), "wrong_encoding"),
        ("Tỉnh,Điểm\nHà Nội,1\n".encode("utf-16-le"), "wrong_encoding"),
        (b"a,b\nH\xe0 N\xf4\xf2i,1\n", "wrong_encoding"),
        (b"a,b\n1,\x002\n", "wrong_encoding"),
        (b"a,b\n1,2,3\n", "ragged_line"),
        (b"a,b\n1,2\n\n3,4\n", "ragged_line"),
        (b'a,b\n1,"2\n', "not_a_csv"),
        (b'a,b\n1,"2"3\n', "not_a_csv"),
        (b"a,a\n1,2\n", "duplicate_column"),
        (b"a,\n1,2\n", "duplicate_column"),
        (b"a;b,c\n1,2\n", "not_a_csv"),
        (b"PK\x03\x04....", "not_a_csv"),
        (b"%PDF-1.7\n", "not_a_csv"),
    ],
)
def test_a_text_table_that_is_not_in_order_is_refused(data: bytes, rule: str, tmp_path: Path) -> None:
    assert refused_rule(read_csv, data, tmp_path, "a.csv") == rule


def test_a_wrong_encoding_names_the_line_the_byte_and_a_guess(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"a,b\nx,1\nH\xe0 N\xf4\xf2i,2\n")
    with pytest.raises(Refused) as caught:
        read_csv(path, "a.csv")
    refusal = caught.value.refusals[0]
    assert refusal.place == "line 3, byte 2"
    assert "windows-1258" in refusal.found


def test_a_ragged_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("a,b\n1,2\n3\n", "utf-8")
    with pytest.raises(Refused) as caught:
        read_csv(path, "a.csv")
    assert caught.value.refusals[0].place == "line 3"


def test_random_bytes_never_make_anything_but_a_refusal_leave(tmp_path: Path) -> None:
    chance = random.Random(6)
    path = tmp_path / "a"
    for size in range(1, 200):
        path.write_bytes(chance.randbytes(size))
        for read in (read_csv, read_workbook):
            try:
                read(path, "a")
            except Refused:
                continue
