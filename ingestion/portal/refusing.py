"""What the portal can answer wrongly, in words: nothing of a fetch in which it happens is kept."""

from __future__ import annotations

from warehouse.errors import Refusal, Refused

#: What went wrong in English, in Vietnamese, and what to do.
WORDS: dict[str, tuple[str, str, str]] = {
    "portal_unavailable": (
        "the portal did not answer properly after several tries",
        "cổng không trả lời được sau nhiều lần thử",
        "nothing is lost: fetch again later, the next run asks for what is missing",
    ),
    "portal_truncated": (
        "the portal's answer was cut off, each time it was asked",
        "câu trả lời của cổng bị cắt ngang, lần hỏi nào cũng vậy",
        "fetch again later; if it stays, a proxy on the way may cut long answers",
    ),
    "portal_html": (
        "the portal answered with a web page where data was asked for",
        "cổng trả về một trang web thay vì số liệu",
        "fetch again later; if it stays, the service has moved or changed, tell the maintainers",
    ),
    "portal_login": (
        "the portal asks for a log-in; this service used to be public and nobody logs in here",
        "cổng yêu cầu đăng nhập; dịch vụ này trước đây là công khai và chương trình không đăng nhập",
        "ask the portal's keeper whether the service is still public; nothing was sent beyond the question",
    ),
    "portal_redirect": (
        "the portal sends us to another address; it was not followed",
        "cổng chuyển hướng sang địa chỉ khác; chương trình không đi theo",
        "if the portal really moved, set REFORM_PORTAL_URL to its new address",
    ),
    "portal_status": (
        "the portal refused the question",
        "cổng từ chối câu hỏi",
        "the service may have moved or changed: compare REFORM_PORTAL_URL with the portal's own pages",
    ),
    "portal_not_json": (
        "the portal's answer is not JSON in a form that can be a list of rows",
        "câu trả lời của cổng không phải JSON ở dạng danh sách dòng",
        "fetch again later; if it stays, the service has changed, tell the maintainers",
    ),
    "portal_too_large": (
        "the portal's answer is larger than any answer of this service can be",
        "câu trả lời của cổng lớn hơn mức có thể có của dịch vụ này",
        "look at the answer in a browser; REFORM_PORTAL_MAX_BYTES raises the limit",
    ),
    "portal_repeats": (
        "the portal answers different pages with the same rows, so it is not known which rows are missing",
        "cổng trả cùng một nội dung cho các trang khác nhau nên không biết còn thiếu dòng nào",
        "fetch again later; a larger REFORM_PORTAL_PAGE_SIZE may bring everything in one page",
    ),
    "portal_too_many_pages": (
        "the portal has more pages than any answer of this service can have",
        "cổng có nhiều trang hơn mức có thể có của dịch vụ này",
        "tell the maintainers; the service has changed",
    ),
    "portal_count_mismatch": (
        "the rows received are not as many as the portal says there are",
        "số dòng nhận được khác với tổng số cổng tự nêu",
        "fetch again: rows may have moved between pages while they were read",
    ),
    "synthetic_mismatch": (
        "synthetic data came where real data was asked for, or the other way round",
        "nhận được số liệu giả lập khi hỏi số liệu thật, hoặc ngược lại",
        "set REFORM_PORTAL_URL to the real portal, or leave it empty to use the stand-in",
    ),
    "warc_broken": (
        "the archived fetch is damaged, incomplete or not made by this project",
        "tệp lưu lần lấy số liệu bị hỏng, không đầy đủ hoặc không do chương trình này tạo",
        "fetch the period again: reform fetch portal --period … --force",
    ),
}

#: After one of these the portal is left in peace: every other question of the run would end in the same way.
PORTAL_WIDE = frozenset({"portal_unavailable", "portal_login", "portal_redirect", "synthetic_mismatch"})


def refused(rule: str, subject: str, found: str, expected: str, place: str = "") -> Refused:
    """The refusal of `subject` (a fetch or a file) by `rule`."""
    text_en, text_vi, action = WORDS[rule]
    return Refused(
        Refusal(
            file_name=subject,
            rule=rule,
            found=found,
            expected=expected,
            place=place,
            text_en=text_en,
            text_vi=text_vi,
            action=action,
        )
    )
