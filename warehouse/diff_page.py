"""The page of what two releases say differently, in Vietnamese and English; every release that follows one has it."""

from __future__ import annotations

from pathlib import Path

from warehouse.diff import ReleaseDiff
from warehouse.page_assets import write_assets
from warehouse.pages import Language, page_environment

PAGES: dict[Language, str] = {"vi": "changes.html", "en": "changes.en.html"}

#: Rows of one list; a page of 30,000 nobody reads.
_SHOWN = 200

#: English and Vietnamese name of every kind of difference.
HEADINGS = {
    "restated": ("restated", "giá trị được công bố lại"),
    "added": ("added", "số liệu mới"),
    "removed": ("removed", "số liệu không còn"),
    "newly_incomparable": ("newly incomparable", "không còn so sánh được với năm trước"),
    "newly_comparable": ("newly comparable", "nay so sánh được với năm trước"),
    "rank_changed": ("rank moved, the value stands", "đổi thứ hạng, giá trị giữ nguyên"),
    "change_changed": ("change moved with the year before", "thay đổi khác đi do số năm trước"),
    "method_or_source_only": ("method or source only", "chỉ đổi phương pháp hoặc nguồn"),
}
_WHATS = {
    "added": ("added", "thêm"),
    "removed": ("removed", "bỏ"),
    "changed": ("changed", "sửa"),
    "retyped": ("type changed", "đổi kiểu"),
    "superseded": ("superseded", "bị thay thế"),
    "reinstated": ("valid again", "có hiệu lực lại"),
}


def write_diff_pages(found: ReleaseDiff | None, folder: Path) -> list[Path]:
    """Write the page in both languages into `folder`; returns the files. `found` is None for a first release."""
    written = []
    write_assets(folder)
    for language, file_name in PAGES.items():
        place = 0 if language == "en" else 1
        page = (
            page_environment(language)
            .get_template("changes.html.j2")
            .render(
                diff=found,
                headings={kind: words[place][:1].upper() + words[place][1:] for kind, words in HEADINGS.items()},
                whats={what: words[place] for what, words in _WHATS.items()},
                other_page=PAGES["en" if language == "vi" else "vi"],
                shown=_SHOWN,
            )
        )
        (folder / file_name).write_text(page, "utf-8")
        written.append(folder / file_name)
    return written
