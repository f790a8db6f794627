"""The rules every index table must keep, whatever its source."""

from __future__ import annotations

from expectations.rules import Rule
from expectations.suites.identity import IDENTITY
from expectations.suites.partitions import PARTITIONS, no_figures
from expectations.suites.reading import READING
from expectations.suites.scores import SCORES


def common_rules(dataset: str) -> tuple[Rule, ...]:
    """The common rules, in the order a person would look at a file: read, named, whole, plausible."""
    return (no_figures(dataset), *READING, *IDENTITY, *PARTITIONS, *SCORES)


#: Arithmetic over the results of a batch's other rules, so Great Expectations has no part in it.
TOO_MANY_BAD_ROWS = Rule(
    rule_id="too_many_bad_rows",
    severity="block",
    owner="data_provider",
    category="validity",
    text_vi="quá nhiều dòng sai: tệp không phải là tài liệu như đã nêu",
    text_en="too many rows are bad: the file is not what it claims to be",
    rule_source="threshold of the suite (expectations/suites)",
    failing_rows="select null as batch_id, null as row_id, null as found, null as expected where false",
    fix_vi="kiểm tra cả tệp với bản gốc rồi gửi lại",
    fix_en="compare the whole file with the original, send it again",
)
