"""The suite of one export of dossiers, run on the rows as they were typed (table `dossier` of the load's private file).

`quarantine` leaves the row out and sets it aside; `warn` lets it in and sets it aside for its owner to look at.
Rows carry `row_id` (from 0, in the file's order) and `batch_id`; `document` has one row: when the file was received.
"""

from __future__ import annotations

from expectations.rules import Category, Owner, Rule, Severity, Suite

_FIX = (
    "sửa trong hệ thống nguồn rồi gửi lại kết xuất của tháng",
    "correct it in the portal and send the month's export again",
)


def _rule(
    rule_id: str,
    severity: Severity,
    category: Category,
    text_vi: str,
    text_en: str,
    failing: str,
    *,
    owner: Owner = "data_provider",
    source: str = "issue: dossiers; Decree 61/2018/NĐ-CP",
    fix: tuple[str, str] = _FIX,
    threshold: float | None = None,
) -> Rule:
    return Rule(
        rule_id=rule_id,
        severity=severity,
        owner=owner,
        category=category,
        text_vi=text_vi,
        text_en=text_en,
        rule_source=source,
        failing_rows=failing,
        fix_vi=fix[0],
        fix_en=fix[1],
        threshold=threshold,
    )


def _where(condition: str, found: str, expected: str) -> str:
    return f"select batch_id, row_id, {found} as found, '{expected}' as expected from subject where {condition}"


def _moment(column: str) -> str:
    return f"cast({column} as varchar)"


_RECEIVED = "(select received_at from document)"

DOSSIERS = Suite(
    name="dossiers",
    table="dossier",
    max_bad_share=0.2,
    rules=(
        _rule(
            "dossier_id_missing",
            "quarantine",
            "identity",
            "thiếu mã hồ sơ hoặc mã không đúng dạng",
            "the code of the dossier is missing or has an impossible form",
            _where("dossier_id is null", "'no code'", "a code of 4 to 64 letters, digits and . - _ /"),
        ),
        _rule(
            "filed_at_missing",
            "quarantine",
            "completeness",
            "thiếu ngày nộp hoặc ngày nộp không đọc được",
            "the date of filing is missing or cannot be read",
            _where("filed_at is null", "'no date'", "the date of filing"),
        ),
        _rule(
            "unit_unknown",
            "quarantine",
            "identity",
            "tên đơn vị không có trong danh mục vào ngày nộp",
            "the unit is in no list of the day of filing",
            """
        select s.batch_id, s.row_id, 'a name that is no unit' as found,
               'a province, city, ministry or agency of data/reference/unit.csv' as expected
        from subject as s
        left join unit_of_name as u on u.unit_name = s.unit_name and u.unit_period = s.unit_period
        where u.unit_code is null and s.filed_at is not null""",
            owner="reference_keeper",
            fix=(
                "thêm cách viết vào data/reference/unit_alias.csv hoặc sửa tên trong kết xuất",
                "add the spelling to data/reference/unit_alias.csv, or correct the name in the export",
            ),
        ),
        _rule(
            "date_in_future",
            "quarantine",
            "timeliness",
            "ngày nộp, tiếp nhận hoặc trả kết quả sau ngày nhận tệp",
            "a date of filing, receipt or return lies after the day the file was received",
            _where(
                f"filed_at > {_RECEIVED} or received_at > {_RECEIVED} or returned_at > {_RECEIVED}",
                _moment("greatest(filed_at, received_at, returned_at)"),
                "no later than the day the file was received",
            ),
        ),
        _rule(
            "dossier_doubled",
            "warn",
            "uniqueness",
            "một mã hồ sơ xuất hiện nhiều lần với nội dung khác nhau; dòng cuối được dùng",
            "a dossier stands several times with different content; the last row is used",
            """
        select d.batch_id, d.row_id, 'another state of the same dossier' as found, 'one row a dossier' as expected
        from (
            select batch_id, row_id, row_number() over (partition by dossier_id order by row_id desc) as place,
                   min(content) over (partition by dossier_id) as least,
                   max(content) over (partition by dossier_id) as most
            from (
                select batch_id, row_id, dossier_id, hash(filed_at, received_at, due_at, returned_at, way_of_filing,
                                                           result,
                                                           rating, procedure_code) as content
                from subject
                where hash(dossier_id) in (select hash(dossier_id) from subject where dossier_id is not null
                                           group by hash(dossier_id) having count(*) > 1)
            )
        ) as d
        where d.place > 1 and d.least <> d.most""",
        ),
        _rule(
            "due_before_filed",
            "warn",
            "consistency",
            "ngày hẹn trả trước ngày nộp",
            "the dossier was due before it was filed",
            _where("due_at < filed_at and not (date_trunc('day', due_at) = due_at "
                   "and cast(due_at as date) = cast(filed_at as date))",
                   _moment("due_at"), "a due date after the date of filing"),
        ),
        _rule(
            "returned_before_filed",
            "warn",
            "consistency",
            "ngày trả kết quả trước ngày nộp",
            "the result was returned before the dossier was filed",
            _where("returned_at < filed_at and not (date_trunc('day', returned_at) = returned_at "
                   "and cast(returned_at as date) = cast(filed_at as date))",
                   _moment("returned_at"), "a date of return after the date of filing"),
        ),
        _rule(
            "received_before_filed",
            "warn",
            "consistency",
            "ngày tiếp nhận trước ngày nộp",
            "the dossier was received before it was filed",
            _where("cast(received_at as date) < cast(filed_at as date)", _moment("received_at"),
                   "a date of receipt after the date of filing"),
        ),
        _rule(
            "due_at_missing",
            "warn",
            "completeness",
            "thiếu ngày hẹn trả của hồ sơ đã trả kết quả nên không đánh giá được đúng hạn",
            "a returned dossier has no due date, so it cannot be said whether it was on time",
            _where("due_at is null and returned_at is not null", "'no date'", "the due date"),
        ),
        _rule(
            "cell_unreadable",
            "warn",
            "validity",
            "ô không đọc được: để trống và lưu riêng",
            "a cell cannot be read: it is left empty and set aside",
            _where("bad_cells is not null", "'cells without a value'", "see the cells set aside"),
            source="data/reference/dossiers/words.yml and the accepted forms of dates",
        ),
        _rule(
            "filed_long_ago",
            "warn",
            "timeliness",
            "ngày nộp trước ngày nhận tệp hơn mười năm",
            "the dossier was filed more than ten years before the file was received",
            _where(f"filed_at < {_RECEIVED} - interval 10 years", _moment("filed_at"), "a date of the last ten years"),
            threshold=10,
        ),
    ),
)  # fmt: skip
