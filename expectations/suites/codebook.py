"""Code books: documents that name what other files hold. They are archived and compared, and carry no figures."""

from __future__ import annotations

from expectations.rules import Rule, Suite

NO_FIGURES_IN_A_CODE_BOOK = Rule(
    rule_id="no_figures_in_a_code_book", severity="block", owner="data_engineer", category="identity",
    text_vi="bảng mã không được chứa số liệu", text_en="a code book must not bring in figures",
    rule_source="the parser compares a code book with the layout data and hands over nothing else",
    failing_rows="select batch_id, row_id, value_text as found, 'no figure' as expected from subject",
    fix_vi="báo cho người bảo trì trình đọc", fix_en="tell the maintainers of the reader",
)  # fmt: skip

PAPI_CODEBOOK = Suite(name="papi_codebook", table="figure_papi_codebook", rules=(NO_FIGURES_IN_A_CODE_BOOK,))
