"""Vietnamese text of survey exports as Unicode NFC: UTF-8, windows-1258, and the font encodings TCVN3 and VNI.

TCVN3 (".Vn" fonts) and VNI (VNI- fonts) store letters under codes that mean other characters elsewhere; a program that
does not know this saves them as such, in 8-bit files and in Unicode ones ("Qu¶ng Ninh", "Quaûng Ninh"). The encoding of
a document is told from all its texts together: the one reading under which they are Vietnamese syllables. Where not
exactly one reading is, the document is refused.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ingestion.survey.export import Decoder
from ingestion.survey.refusing import refuse

#: TCVN 5712:1993 VN3. Capitals with a tone have no code: fonts whose name ends in H draw small letters big.
_TCVN3_CODES = {
    "à": 0xB5, "á": 0xB8, "ả": 0xB6, "ã": 0xB7, "ạ": 0xB9, "ă": 0xA8, "ằ": 0xBB, "ắ": 0xBE, "ẳ": 0xBC, "ẵ": 0xBD,
    "ặ": 0xC6, "â": 0xA9, "ầ": 0xC7, "ấ": 0xCA, "ẩ": 0xC8, "ẫ": 0xC9, "ậ": 0xCB, "đ": 0xAE, "è": 0xCC, "é": 0xD0,
    "ẻ": 0xCE, "ẽ": 0xCF, "ẹ": 0xD1, "ê": 0xAA, "ề": 0xD2, "ế": 0xD5, "ể": 0xD3, "ễ": 0xD4, "ệ": 0xD6, "ì": 0xD7,
    "í": 0xDD, "ỉ": 0xD8, "ĩ": 0xDC, "ị": 0xDE, "ò": 0xDF, "ó": 0xE3, "ỏ": 0xE1, "õ": 0xE2, "ọ": 0xE4, "ô": 0xAB,
    "ồ": 0xE5, "ố": 0xE8, "ổ": 0xE6, "ỗ": 0xE7, "ộ": 0xE9, "ơ": 0xAC, "ờ": 0xEA, "ớ": 0xED, "ở": 0xEB, "ỡ": 0xEC,
    "ợ": 0xEE, "ù": 0xEF, "ú": 0xF3, "ủ": 0xF1, "ũ": 0xF2, "ụ": 0xF4, "ư": 0xAD, "ừ": 0xF5, "ứ": 0xF8, "ử": 0xF6,
    "ữ": 0xF7, "ự": 0xF9, "ỳ": 0xFA, "ý": 0xFD, "ỷ": 0xFB, "ỹ": 0xFC, "ỵ": 0xFE,
    "Ă": 0xA1, "Â": 0xA2, "Ê": 0xA3, "Ô": 0xA4, "Ơ": 0xA5, "Ư": 0xA6, "Đ": 0xA7,
}  # fmt: skip
TCVN3: Mapping[str, str] = MappingProxyType({chr(code): letter for letter, code in _TCVN3_CODES.items()})

#: VNI-Windows writes a letter and then a sign for its marks, with letters of their own for đ, ơ, ư and the i and ỵ.
_TONES = {"ù": "\u0301", "ø": "\u0300", "û": "\u0309", "õ": "\u0303", "ï": "\u0323"}
_ROOF = {"â": "", "á": "\u0301", "à": "\u0300", "å": "\u0309", "ã": "\u0303", "ä": "\u0323"}
_BREVE = {"ê": "", "é": "\u0301", "è": "\u0300", "ú": "\u0309", "ü": "\u0303", "ë": "\u0323"}
_VNI_ALONE = {"ô": "ơ", "ö": "ư", "ñ": "đ", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ", "í": "í", "ì": "ì"}


def _vni_table() -> dict[str, str]:
    small = dict(_VNI_ALONE)
    for letter, plain in (("a", "a"), ("e", "e"), ("o", "o"), ("u", "u"), ("y", "y"), ("ô", "ơ"), ("ö", "ư")):
        small |= {letter + sign: plain + tone for sign, tone in _TONES.items()}
        if letter in "aeo":
            small |= {letter + sign: plain + "\u0302" + tone for sign, tone in _ROOF.items()}
        if letter == "a":
            small |= {letter + sign: plain + "\u0306" + tone for sign, tone in _BREVE.items()}
    table = {}
    for written, meant in small.items():
        letter = unicodedata.normalize("NFC", meant)
        table[written] = letter
        table[written.upper()] = letter.upper()
        if len(written) > 1:
            table[written[0].upper() + written[1]] = letter.upper()  # a capital before a small sign is common
    return table


VNI: Mapping[str, str] = MappingProxyType(_vni_table())
_VNI_PIECES = re.compile("|".join(sorted(map(re.escape, VNI), key=len, reverse=True)))
_TCVN3_TABLE = str.maketrans(dict(TCVN3))


def decode_tcvn3(text: str) -> str:
    """Text whose characters are TCVN3 codes, as Unicode; a word otherwise in capitals is put in capitals."""
    decoded = text.translate(_TCVN3_TABLE)
    return unicodedata.normalize("NFC", re.sub(r"\S+", lambda word: _capitals(word[0], text), decoded))


def _capitals(word: str, whole: str) -> str:
    ascii_letters = [sign for sign in word if sign.isascii() and sign.isalpha()]
    if not ascii_letters:
        # A word of marked letters alone ("ñ Y", "u a") follows the rest of the text.
        ascii_letters = [sign for sign in whole if sign.isascii() and sign.isalpha()]
    return word.upper() if ascii_letters and all(map(str.isupper, ascii_letters)) and len(word) > 1 else word


def decode_vni(text: str) -> str:
    """Text whose characters are VNI-Windows codes, as Unicode."""
    return unicodedata.normalize("NFC", _VNI_PIECES.sub(lambda piece: VNI[piece[0]], text))


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _from_bytes(charset: str) -> Decoder:
    return lambda text: _nfc(text.encode("latin-1").decode(charset))


def _utf8(text: str) -> str:
    return text.encode("latin-1").decode("utf-8")


#: encoding -> how a text of one byte a character is decoded. `utf-8/…`: Unicode text that holds font codes.
_OF_BYTES: dict[str, Decoder] = {
    "utf-8": lambda text: _nfc(_utf8(text)),
    "utf-8/tcvn3": lambda text: decode_tcvn3(_utf8(text)),
    "utf-8/vni": lambda text: decode_vni(_utf8(text)),
    "windows-1258": _from_bytes("cp1258"),
    "tcvn3": decode_tcvn3,
    "vni": decode_vni,
}
_OF_UNICODE: dict[str, Decoder] = {"utf-8": _nfc, "utf-8/tcvn3": decode_tcvn3, "utf-8/vni": decode_vni}
ENCODINGS = tuple(_OF_BYTES)

_ONSET = "ngh|ng|nh|gh|gi|kh|kr|ph|qu|th|tr|ch|[bcdđghklmnpqrstvxjfwz]"
_CODA = "ng|nh|ch|[cmnptk]"
_VOWELS = "aăâeêioôơuưy"
_SYLLABLE = re.compile(rf"(?:{_ONSET})?[{_VOWELS}]{{1,3}}(?:{_CODA})?")
_TONE_MARKS = frozenset("\u0300\u0301\u0303\u0309\u0323")
_STRIPPED = re.compile(r"^[^\w]+|[^\w]+$")
_SEPARATORS = re.compile(r"[\s/\\,;:.()\[\]{}\-–—_\"'“”‘’|+&*0-9?!…%]+")
_SURE, _CLEARLY_WORSE, _FEW = 0.9, 0.2, 2


@dataclass(frozen=True)
class Readings:
    """How many of the marked words are Vietnamese under each encoding that can decode all texts; 1 is all of them."""

    scores: Mapping[str, float]
    words: int


def is_syllable(word: str) -> bool:
    """Whether the word is built like a Vietnamese syllable: onset, one to three vowels with one tone at most, coda."""
    spread = unicodedata.normalize("NFD", word.casefold())
    tones = sum(sign in _TONE_MARKS for sign in spread)
    plain = unicodedata.normalize("NFC", "".join(sign for sign in spread if sign not in _TONE_MARKS))
    return tones <= 1 and _SYLLABLE.fullmatch(plain) is not None


def readings(texts: Iterable[str], *, is_bytes: bool) -> Readings:
    """Score every encoding on the texts that have a character beyond ASCII."""
    marked = sorted({text for text in texts if not text.isascii()})
    decoders = _OF_BYTES if is_bytes else _OF_UNICODE
    scores: dict[str, float] = {}
    words = 0
    for encoding, decode in decoders.items():
        try:
            decoded = [decode(text) for text in marked]
        except (UnicodeDecodeError, UnicodeEncodeError):
            continue
        # Every reading is judged on the tokens that are marked in the source, whatever they become.
        unicode = [_utf8(text) if is_bytes and encoding.startswith("utf-8") else text for text in marked]
        pairs = [
            (token, reading)
            for text, result in zip(unicode, decoded, strict=True)
            for token, reading in _token_pairs(text, result)
        ]
        if pairs:
            is_font = encoding.endswith(("tcvn3", "vni"))
            good = sum(_is_vietnamese(reading) and not (is_font and _has_wide(token)) for token, reading in pairs)
            scores[encoding] = good / len(pairs)
            words = max(words, len({token for token, _ in pairs}))
    if is_bytes and "utf-8" in scores:
        scores = {name: score for name, score in scores.items() if name.startswith("utf-8")}
    return Readings(MappingProxyType(scores), words)


def _has_wide(token: str) -> bool:
    """Whether a letter of the token is none of the 256 characters a font code can have been saved as."""
    return any(ord(sign) > 0xFF and (sign.isalpha() or unicodedata.combining(sign)) for sign in token)


def _token_pairs(text: str, decoded: str) -> list[tuple[str, str]]:
    source, result = text.split(), decoded.split()
    if len(source) != len(result):
        return [(text, decoded)]
    return [(a, b) for a, b in zip(source, result, strict=True) if not a.isascii()]


def _is_vietnamese(token: str) -> bool:
    parts = [part for part in _SEPARATORS.split(token) if part]
    marked = [part for part in parts if not part.isascii()]
    return bool(marked or parts) and all(is_syllable(part) for part in marked)


def tell_encoding(texts: Iterable[str], *, is_bytes: bool, file_name: str) -> str:
    """The encoding of a document's texts.

    Raises:
        Refused: no encoding makes them Vietnamese, or more than one does.
    """
    listed = list(texts)
    found = readings(listed, is_bytes=is_bytes)
    if not found.words and not found.scores:
        return "utf-8" if all(text.isascii() for text in listed) else _unclear(found, file_name)
    ranked = sorted(found.scores.items(), key=lambda item: -item[1])
    best, score = ranked[0]
    second = ranked[1][1] if len(ranked) > 1 else 0.0
    is_sure = score >= _SURE and second <= score - _CLEARLY_WORSE
    if is_sure and (best == "utf-8" or found.words > _FEW):
        return best
    # Text in proper UTF-8 may hold words of any language; only font codes need all words to be sure of them.
    if found.scores.get("utf-8", 0.0) == score and score >= 0.5 and second <= score - _CLEARLY_WORSE:
        return "utf-8"
    return _unclear(found, file_name)


def _unclear(found: Readings, file_name: str) -> str:
    shown = ", ".join(f"{name} {score:.0%}" for name, score in sorted(found.scores.items(), key=lambda item: -item[1]))
    raise refuse(
        file_name,
        "survey_encoding_unclear",
        found=f"Vietnamese words by reading: {shown or 'no reading decodes all texts'}",
        expected="one encoding under which the words are Vietnamese",
    )


def decoder(encoding: str, *, is_bytes: bool) -> Decoder:
    """How the texts of a document are decoded; ASCII stays as it is."""
    decode = (_OF_BYTES if is_bytes else _OF_UNICODE)[encoding]
    return lambda text: text if text.isascii() else decode(text)
