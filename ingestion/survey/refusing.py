"""The words of the refusals of survey exports, one entry a rule."""

from __future__ import annotations

from warehouse.errors import Refusal, Refused

#: rule -> (English, Vietnamese, what the data owner can do)
_WORDS: dict[str, tuple[str, str, str]] = {
    "survey_format_unknown": (
        "the file is no SPSS, Stata, Excel or CSV export",
        "tệp không phải bản xuất SPSS, Stata, Excel hay CSV",
        "export it as .sav (xuất lại dạng .sav)",
    ),
    "survey_file_damaged": (
        "the survey export cannot be read to its end",
        "không đọc hết được bản xuất khảo sát",
        "send the file again and compare its size with the original (gửi lại tệp, so kích thước với bản gốc)",
    ),
    "survey_reader_limit": (
        "reading the export took more time or memory than any honest export of its size needs",
        "đọc tệp tốn quá nhiều thời gian hoặc bộ nhớ so với kích thước",
        "open it in the program it was made with and save it again (mở bằng phần mềm gốc và lưu lại)",
    ),
    "survey_too_wide": (
        "the export declares more columns than a questionnaire can have",
        "tệp khai báo nhiều cột hơn mức một phiếu hỏi có thể có",
        "export the questionnaire alone (chỉ xuất các câu hỏi của phiếu)",
    ),
    "survey_too_long": (
        "the export has more rows than this format is read with",
        "tệp có nhiều dòng hơn mức đọc được với định dạng này",
        "send it as .sav, .dta or .csv, one row a respondent (gửi dạng .sav, .dta hoặc .csv, mỗi người một dòng)",
    ),
    "survey_empty": (
        "the export holds no respondent",
        "tệp không có người trả lời nào",
        "export the data, not only the questionnaire (xuất cả dữ liệu, không chỉ phiếu hỏi)",
    ),
    "survey_encoding_unclear": (
        "it cannot be told in which encoding the Vietnamese text is written, and it is not guessed",
        "không xác định được bảng mã của chữ Việt, và hệ thống không đoán",
        "say it: `reform survey ingest FILE --encoding tcvn3` (nêu rõ bảng mã)",
    ),
    "survey_year_unclear": (
        "it cannot be told which year the export is of",
        "không xác định được năm của bản xuất",
        "say it: `reform survey ingest FILE --year 2024` (nêu rõ năm)",
    ),
    "survey_no_code_book": (
        "no code book describes this year",
        "chưa có sổ mã nào cho năm này",
        "write data/reference/survey/<name>.yml for it (viết sổ mã cho năm này)",
    ),
    "mapping_not_accepted": (
        "nothing is loaded before a person has accepted how the export's columns are read",
        "chưa nạp gì cho đến khi có người chấp nhận cách đọc các cột",
        "read the mapping file, mend it, then `reform survey accept MAPPING.yml --by NAME` (đọc, sửa, chấp nhận)",
    ),
    "mapping_invalid": (
        "the mapping file does not fit the export or its code book",
        "tệp ánh xạ không khớp với bản xuất hoặc sổ mã",
        "mend the lines named here (sửa các dòng được nêu)",
    ),
    "survey_export_forgotten": (
        "the export holds a respondent who was removed on request, and is not taken in again",
        "bản xuất còn người trả lời đã được xóa theo yêu cầu nên không được nhận lại",
        "export again without that respondent (xuất lại không có người đó)",
    ),
    "survey_long_duplicate": (
        "a respondent answers one question twice in the long export",
        "một người trả lời một câu hỏi hai lần trong bản xuất dạng dài",
        "export again with one row a respondent and question (mỗi người và câu hỏi một dòng)",
    ),
}


def refuse(file_name: str, rule: str, *, found: str, expected: str, place: str = "") -> Refused:
    """The refusal of `rule` for the caller to raise."""
    text_en, text_vi, action = _WORDS[rule]
    return Refused(Refusal(file_name, rule, found, expected, place, text_en, text_vi, action))
