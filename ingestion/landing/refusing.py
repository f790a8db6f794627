"""What can be wrong with a file at an address, in words: it stays where it is, and the others are taken."""

from __future__ import annotations

from warehouse.errors import Refusal

#: What went wrong in English, in Vietnamese, and what to do.
WORDS: dict[str, tuple[str, str, str]] = {
    "landing_name": (
        "the name of a file at the landing address cannot be the name of a document; it was not taken",
        "tên tệp tại địa chỉ nhận không thể là tên tài liệu; tệp không được lấy về",
        "have the sender rename it: letters, digits and spaces, no slashes, no invisible signs, at most 230 bytes",
    ),
    "landing_too_large": (
        "a file at the landing address is larger than any document of its source can be; it was not taken",
        "tệp tại địa chỉ nhận lớn hơn mức có thể có của nguồn này; tệp không được lấy về",
        "have the sender look at what was sent",
    ),
    "landing_too_many": (
        "there are more files at the landing address than anybody sends; nothing was taken",
        "số tệp tại địa chỉ nhận vượt quá mức bình thường; không tệp nào được lấy về",
        "look whether the address is the right one; REFORM_LANDING_MAX_FILES raises the limit",
    ),
    "landing_unreadable": (
        "a file at the landing address could not be read; the others were taken",
        "không đọc được một tệp tại địa chỉ nhận; các tệp khác đã được lấy về",
        "give the account the right to read it; the next fetch tries again",
    ),
}


def refusal(rule: str, subject: str, found: str, expected: str) -> Refusal:
    """The refusal of `subject` (a file at the address) by `rule`."""
    text_en, text_vi, action = WORDS[rule]
    shown = subject.encode("utf-8", "backslashreplace").decode()
    return Refusal(
        file_name="".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in shown),
        rule=rule,
        found=found,
        expected=expected,
        text_en=text_en,
        text_vi=text_vi,
        action=action,
    )
