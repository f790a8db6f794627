"""The suite of the Provincial Competitiveness Index workbooks, whose totals are made of the parts beside them."""

from __future__ import annotations

from expectations.rules import Rule, Suite
from expectations.suites.common import common_rules
from expectations.suites.history import HISTORY

_TOLERANCE = 0.0001

# The weights of 2009 to 2012 give every printed total but those of 2011: see the note in indicator_weight.csv.
PCI_TOTAL_ADDS_UP = Rule(
    rule_id="pci_total_adds_up",
    severity="quarantine",
    owner="data_provider",
    category="reconciliation",
    text_vi="điểm PCI không bằng tổng các chỉ số thành phần nhân trọng số",
    text_en="the PCI score is not the weighted sum of its sub-indices",
    rule_source="data/reference/indicator_weight.csv, exact to 0.00001; the unweighted score is the plain sum",
    failing_rows=f"""
        with part as (
            select f.batch_id, f.row_id, f.unit_code, f.data_year, f.value, w.total_code, w.weight
            from subject as f
            join reference.indicator_weight as w
              on w.indicator_code = f.indicator_code and f.data_year between w.year_from and w.year_to
            where f.value is not null and f.data_year <> 2011
            union all
            select f.batch_id, f.row_id, f.unit_code, f.data_year, f.value, 'PCI.UNWEIGHTED' as total_code, 1 as weight
            from subject as f
            join reference.indicator as i on i.indicator_code = f.indicator_code and i.parent_code = 'PCI'
            where f.value is not null
        ),
        whole as (
            select batch_id, unit_code, data_year, total_code, sum(value * weight) as total,
                   count(*) as parts, max(count(*)) over (partition by batch_id, data_year, total_code) as full_parts
            from part where unit_code is not null
            group by batch_id, unit_code, data_year, total_code
        ),
        gap as (
            select f.batch_id, f.row_id, f.unit_code, f.data_year, f.indicator_code, f.value, w.total
            from subject as f
            join whole as w
              on w.batch_id = f.batch_id and w.unit_code = f.unit_code and w.data_year = f.data_year
             and w.total_code = f.indicator_code and w.parts = w.full_parts
            where abs(f.value - w.total) > {_TOLERANCE}
        )
        select batch_id, row_id, cast(value as varchar) as found,
               cast(round(total, 6) as varchar) || ', the weighted sum of its parts' as expected
        from gap
        union all
        select distinct p.batch_id, p.row_id, cast(p.value as varchar) as found,
               'parts whose weighted sum is ' || cast(g.value as varchar) || ' (it is '
               || cast(round(g.total, 6) as varchar) || ')' as expected
        from gap as g
        join part as p
          on p.batch_id = g.batch_id and p.unit_code = g.unit_code and p.data_year = g.data_year
         and p.total_code = g.indicator_code""",
    fix_vi="đối chiếu điểm PCI và các chỉ số thành phần của tỉnh này với bản gốc",
    fix_en="compare the score and the sub-indices of this province with the original",
    threshold=_TOLERANCE,
)

# 2005: weights from least squares over 42 provinces, which leave at most 0.0039. 2011: the totals lie up to 0.552 above
# what its weights give, because one printed sub-index is not the one the total was made with.
PCI_TOTAL_NEAR_ITS_PARTS = Rule(
    rule_id="pci_total_near_its_parts",
    severity="warn",
    owner="data_provider",
    category="reconciliation",
    text_vi="điểm PCI cách xa các chỉ số thành phần hơn mọi tỉnh khác của năm đó (2005, 2011)",
    text_en="the PCI score is farther from its sub-indices than that of any province of its year (2005, 2011)",
    rule_source="weights recovered from the figures; they fit to 0.0045 in 2005 and to 0.555 in 2011",
    failing_rows="""
        with recovered (indicator_code, data_year, weight) as (
            values ('PCI.BUSINESS_SUPPORT', 2005, 1.11107), ('PCI.ENTRY_COSTS', 2005, 1.70993),
                   ('PCI.INFORMAL_CHARGES', 2005, 0.7549), ('PCI.LAND_ACCESS', 2005, 0.83495),
                   ('PCI.POLICY_BIAS', 2005, 1.31113), ('PCI.POLICY_IMPLEMENTATION', 2005, 0.02089),
                   ('PCI.PROACTIVITY', 2005, 1.68397), ('PCI.TIME_COSTS', 2005, 0.96098),
                   ('PCI.TRANSPARENCY', 2005, 1.61122)
            union all
            select indicator_code, 2011, weight from reference.indicator_weight
            where total_code = 'PCI' and 2011 between year_from and year_to
        ),
        whole as (
            select f.batch_id, f.unit_code, f.data_year, sum(f.value * r.weight) as total, count(*) as parts,
                   max(count(*)) over (partition by f.batch_id, f.data_year) as full_parts
            from subject as f
            join recovered as r on r.indicator_code = f.indicator_code and r.data_year = f.data_year
            where f.value is not null and f.unit_code is not null
            group by f.batch_id, f.unit_code, f.data_year
        )
        select f.batch_id, f.row_id, cast(f.value as varchar) as found,
               'near ' || cast(round(w.total, 4) as varchar) || ', the weighted sum of its parts' as expected
        from subject as f
        join whole as w on w.batch_id = f.batch_id and w.unit_code = f.unit_code and w.data_year = f.data_year
        where f.indicator_code = 'PCI' and w.parts = w.full_parts
          and f.value - w.total not between -0.0045 and case f.data_year when 2005 then 0.0045 else 0.555 end""",
    fix_vi="đối chiếu điểm PCI và các chỉ số thành phần của tỉnh này với bản gốc",
    fix_en="compare the score and the sub-indices of this province with the original",
    threshold=0.555,
)

PCI = Suite(
    name="pci",
    table="figure_pci",
    rules=(*common_rules("pci"), PCI_TOTAL_ADDS_UP, PCI_TOTAL_NEAR_ITS_PARTS, *HISTORY),
)
