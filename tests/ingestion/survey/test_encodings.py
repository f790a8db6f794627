"""Vietnamese text in every encoding becomes the same Unicode NFC, and what is unclear is refused."""

from __future__ import annotations

import shutil
import subprocess
import unicodedata

import pytest

from ingestion.survey.encodings import TCVN3, VNI, decode_tcvn3, decode_vni, decoder, is_syllable, tell_encoding
from warehouse.errors import Refused

SENTENCE = (
    "Quảng Ninh, Thừa Thiên Huế: rất không hài lòng; bình thường; đường, ngoẵng, khuỷu, nguyễn, Đắk Lắk, ưỡn ỳ, "
    "giặt giũ, quyển sổ ghi chữ kỹ, mẫu phiếu hỏi ý kiến, những người được hỏi, xuể, thuở, cẳng, lặn lội, hẻm"
)


def as_tcvn3(text: str) -> str:
    codes = {letter: code for code, letter in TCVN3.items()}
    return "".join(codes.get(sign, sign) for sign in text)


def as_vni(text: str) -> str:
    codes = {letter: code for code, letter in reversed(VNI.items())}
    return "".join(codes.get(sign, sign) for sign in text)


def as_windows_1258(text: str) -> bytes:
    written = b""
    for sign in text:
        spread = unicodedata.normalize("NFD", sign)
        tones = "".join(mark for mark in spread if mark in "\u0300\u0301\u0303\u0309\u0323")
        rest = unicodedata.normalize("NFC", "".join(mark for mark in spread if mark not in tones))
        written += (rest + tones).encode("cp1258")
    return written


BYTES = {
    "utf-8": SENTENCE.encode(),
    "windows-1258": as_windows_1258(SENTENCE),
    "tcvn3": as_tcvn3(SENTENCE).encode("latin-1"),
    "vni": as_vni(SENTENCE).encode("latin-1"),
    "utf-8/tcvn3": as_tcvn3(SENTENCE).encode(),
    "utf-8/vni": as_vni(SENTENCE).encode(),
}


@pytest.mark.parametrize("encoding", BYTES)
def test_text_of_one_byte_a_character_is_told_and_decoded(encoding: str) -> None:
    text = BYTES[encoding].decode("latin-1")
    assert tell_encoding([text], is_bytes=True, file_name="x") == encoding
    assert decoder(encoding, is_bytes=True)(text) == SENTENCE


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8/tcvn3", "utf-8/vni"])
def test_font_codes_saved_as_unicode_are_told_and_decoded(encoding: str) -> None:
    text = BYTES[encoding].decode()
    assert tell_encoding([text], is_bytes=False, file_name="x") == encoding
    assert decoder(encoding, is_bytes=False)(text) == SENTENCE


def test_decomposed_text_becomes_nfc() -> None:
    text = unicodedata.normalize("NFD", SENTENCE)
    assert tell_encoding([text], is_bytes=False, file_name="x") == "utf-8"
    assert decoder("utf-8", is_bytes=False)(text) == SENTENCE


@pytest.mark.parametrize(
    ("written", "meant"),
    [("Xin chaøo caùc baïn", "Xin chào các bạn"), ("QUAÛNG NINH", "QUẢNG NINH"), ("Ñaø Naüng", "Đà Nẵng"),
     ("Nguyeãn Vaên Thöôûng", "Nguyễn Văn Thưởng"), ("möùc ñoä haøi loøng", "mức độ hài lòng")],
)  # fmt: skip
def test_vni_samples_from_outside_the_table(written: str, meant: str) -> None:
    assert decode_vni(written) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [("hép møt tÕt", "hộp mứt tết"), ("QU¶NG NINH", "QUẢNG NINH"), ("§µ N½ng", "Đà Nẵng"),
     ("møc ®é hµi lßng", "mức độ hài lòng"),
     ("Céng hßa x· héi chñ nghÜa ViÖt Nam", "Cộng hòa xã hội chủ nghĩa Việt Nam")],
)  # fmt: skip
def test_tcvn3_samples_from_outside_the_table(written: str, meant: str) -> None:
    assert decode_tcvn3(written) == meant


@pytest.mark.skipif(shutil.which("iconv") is None, reason="the system's iconv is the independent table")
def test_the_tcvn3_table_is_that_of_iconv() -> None:
    codes = "".join(TCVN3).encode("latin-1")
    done = subprocess.run(["iconv", "-f", "TCVN5712-1", "-t", "UTF-8"], input=codes, capture_output=True, check=True)
    assert unicodedata.normalize("NFC", done.stdout.decode()) == "".join(TCVN3.values())


def test_every_vni_piece_means_one_letter_and_no_letter_is_missing() -> None:
    letters = {sign for vowel in "aăâeêioôơuưy" for tone in ("", *"\u0300\u0301\u0303\u0309\u0323")
               for sign in [unicodedata.normalize("NFC", vowel + tone)] if not sign.isascii()} | {"đ"}  # fmt: skip
    assert letters <= set(VNI.values()) | {"í", "ì"}
    assert all(len(letter) == 1 for letter in VNI.values())


def test_text_that_no_reading_makes_vietnamese_is_refused() -> None:
    with pytest.raises(Refused, match="survey_encoding_unclear"):
        tell_encoding(["\x81\x8d\x8f \xa0\xff\xfe\xf0 \xf0\xf1\xf2"], is_bytes=True, file_name="x")


def test_too_few_words_are_refused_and_not_guessed() -> None:
    with pytest.raises(Refused, match="survey_encoding_unclear"):
        tell_encoding([as_tcvn3("đường")], is_bytes=True, file_name="x")


def test_plain_ascii_needs_no_guess() -> None:
    assert tell_encoding(["Ha Noi", "q1_1"], is_bytes=True, file_name="x") == "utf-8"


@pytest.mark.parametrize("word", ["ngoẵng", "nghiêng", "quyển", "Đắk", "giữa", "yêu", "ưỡn"])
def test_vietnamese_syllables_are_recognised(word: str) -> None:
    assert is_syllable(word)


@pytest.mark.parametrize("word", ["møc", "ñaø", "Straße", "çà"])
def test_other_marked_words_are_not(word: str) -> None:
    assert not is_syllable(word)
