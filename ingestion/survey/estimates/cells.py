"""Every cell of a wave: a measure (indicator or question) of a unit in a group of respondents.

A share is a ratio of two weighted sums, so its variance is by Taylor linearisation (Woodruff 1971; Särndal, Swensson
and Wretman 1992, ch. 5): each cluster's linearised total, its spread inside the stratum, strata added up. Domains keep
the whole design: a cluster without an answer of the domain counts as a zero. Where a stratum has one cluster only, its
total is taken against the mean of all clusters, which is zero for a linearised ratio (R's `survey.lonely.psu =
"adjust"`). Clusters are taken as drawn with replacement; no finite population correction. Where an interviewer visited
several clusters of a stratum alone, those clusters are one: they share the interviewer's influence, which would go
unseen.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb
import pyarrow as pa

#: The unit that stands for all units together.
NATIONAL = "viet_nam"
#: Whom a share is about: everybody (`all`), or a category of one of these columns of the respondents.
BREAKDOWNS = ("sex", "age_group", "urban_rural", "education", "job", "ethnicity")
ALL = "all"
UNKNOWN = "unknown"

#: Sums that do not depend on the order of their rows, and so give the same bytes again: of weights, and of the small
#: shares of a total that linearised values and their squares are.
_SUMS = """
    create temp macro exact_sum(x) as cast(sum(cast(x as decimal(38, 12))) as double);
    create temp macro fine_sum(x) as cast(sum(cast(x as decimal(38, 24))) as double)
"""
_RESPONDENTS = """
    create or replace temp table respondent as
    with asked as (
        select * from read_parquet($path, hive_partitioning = false)
        where unit_code is not null and weight is not null
    ),
    visitor as (
        select stratum, cluster, min(interviewer_key) as interviewer_key
        from asked group by stratum, cluster
        having count(distinct interviewer_key) = 1 and count(interviewer_key) = count(*)
    )
    select
        a.respondent_no, a.unit_code, a.weight, a.is_excluded,
        dense_rank() over (order by a.stratum) as stratum_no,
        dense_rank() over (
            order by a.stratum, v.interviewer_key, case when v.interviewer_key is null then a.cluster end
        ) as cluster_no,
        {categories}
    from asked as a left join visitor as v on v.stratum = a.stratum and v.cluster = a.cluster
"""
_DESIGN = """
    create or replace temp table stratum as
    select stratum_no, count(distinct cluster_no) as clusters from respondent group by stratum_no
"""
#: One question after the other: the row groups of the answers hold one each, so memory stays the same.
_TOTALS = """
    insert into cluster_total
    with answer as (
        select respondent_no, 1.0 * is_satisfied::int as satisfied, $sign * answer_code + $offset as points
        from read_parquet($path, hive_partitioning = false)
        where question_code = $question and is_satisfied is not null
    )
    select
        $question, r.unit_code, r.stratum_no, r.cluster_no,
        {breakdown} as breakdown, {category} as category,
        exact_sum(r.weight * a.satisfied), exact_sum(r.weight * a.points), exact_sum(r.weight), count(*),
        sum(a.satisfied), count(*)
    from answer as a inner join respondent as r using (respondent_no)
    where not r.is_excluded
    group by grouping sets ({sets})
"""
#: Of an indicator: its questions' totals added up; a respondent counts once however many of them were answered.
_INDICATORS = """
    insert into cluster_total
    with respondent_of as (
        select distinct respondent_no from read_parquet($path, hive_partitioning = false)
        where question_code in (select unnest($questions)) and is_satisfied is not null
    ),
    people as (
        select r.cluster_no, {breakdown} as breakdown, {category} as category, count(*) as respondents
        from respondent_of inner join respondent as r using (respondent_no)
        where not r.is_excluded
        group by grouping sets ({people_sets})
    )
    select
        $indicator, t.unit_code, t.stratum_no, t.cluster_no, t.breakdown, t.category,
        exact_sum(t.satisfied_weight), exact_sum(t.points_weight), exact_sum(t.weight), any_value(p.respondents),
        sum(t.satisfied), sum(t.answers)
    from cluster_total as t
    inner join people as p using (cluster_no, breakdown, category)
    where t.measure_code in (select unnest($questions))
    group by t.unit_code, t.stratum_no, t.cluster_no, t.breakdown, t.category
"""
_CELLS = """
    with scoped as (
        select * from cluster_total
        union all by name
        select * replace ('{national}' as unit_code) from cluster_total where $is_national
    ),
    ratio as (
        select
            measure_code, unit_code, breakdown, category,
            exact_sum(weight) as weight, exact_sum(satisfied_weight) / exact_sum(weight) as share,
            exact_sum(points_weight) / exact_sum(weight) as mean,
            sum(respondents)::bigint as respondents, sum(satisfied)::bigint as satisfied,
            sum(answers)::bigint as answers, count(distinct cluster_no) as clusters,
            count(distinct stratum_no) as strata
        from scoped group by all
    ),
    linearised as (
        select
            s.measure_code, s.unit_code, s.breakdown, s.category, s.stratum_no,
            fine_sum((s.satisfied_weight - r.share * s.weight) / r.weight) as share_sum,
            fine_sum(pow((s.satisfied_weight - r.share * s.weight) / r.weight, 2)) as share_squares,
            fine_sum((s.points_weight - r.mean * s.weight) / r.weight) as mean_sum,
            fine_sum(pow((s.points_weight - r.mean * s.weight) / r.weight, 2)) as mean_squares
        from scoped as s
        inner join ratio as r using (measure_code, unit_code, breakdown, category)
        group by all
    ),
    variance as (
        select
            l.measure_code, l.unit_code, l.breakdown, l.category,
            fine_sum(case when h.clusters = 1 then l.share_squares
                else h.clusters / (h.clusters - 1.0) * (l.share_squares - l.share_sum * l.share_sum / h.clusters) end)
                as share_variance,
            fine_sum(case when h.clusters = 1 then l.mean_squares
                else h.clusters / (h.clusters - 1.0) * (l.mean_squares - l.mean_sum * l.mean_sum / h.clusters) end)
                as mean_variance
        from linearised as l inner join stratum as h using (stratum_no)
        group by all
    )
    select r.*, greatest(v.share_variance, 0) as share_variance, greatest(v.mean_variance, 0) as mean_variance
    from ratio as r inner join variance as v using (measure_code, unit_code, breakdown, category)
    order by measure_code, unit_code, breakdown, category
"""


def wave_cells(
    folder: Path,
    indicators: Mapping[str, tuple[str, ...]],
    points: Mapping[str, tuple[int, int]],
    *,
    is_national: bool,
) -> pa.Table:
    """The cells of the wave in `folder`, before intervals and before anything is withheld.

    `indicators` has the questions of each indicator; `points` by question (sign, offset) that turn an answer's code
    into points of which more is better. The unit `viet_nam` is there if the wave `is_national`. Columns:
    `measure_code, unit_code, breakdown, category, weight, share` (0 to 1)`, mean` (points)`, respondents, satisfied,
    answers, clusters, strata, share_variance, mean_variance`.
    """
    answers, respondents = str(folder / "answers.parquet"), str(folder / "respondents.parquet")
    connection = duckdb.connect()
    try:
        connection.execute("set threads = 2; set memory_limit = '900MB'; set preserve_insertion_order = false")
        connection.execute(_SUMS)
        categories = ", ".join(f"coalesce(a.{name}, '{UNKNOWN}') as {name}" for name in BREAKDOWNS)
        connection.execute(_RESPONDENTS.format(categories=categories), {"path": respondents})
        connection.execute(_DESIGN)
        connection.execute(
            "create temp table cluster_total (measure_code varchar, unit_code varchar, stratum_no bigint, "
            "cluster_no bigint, breakdown varchar, category varchar, satisfied_weight double, points_weight double, "
            "weight double, respondents bigint, satisfied double, answers bigint)"
        )
        sql = _with_groups(_TOTALS)
        for question, (sign, offset) in points.items():
            connection.execute(sql, {"path": answers, "question": question, "sign": sign, "offset": offset})
        sql = _with_groups(_INDICATORS)
        for indicator, questions in indicators.items():
            connection.execute(sql, {"path": answers, "indicator": indicator, "questions": list(questions)})
        cells = connection.sql(_CELLS.format(national=NATIONAL), params={"is_national": is_national})
        return cells.to_arrow_table()
    finally:
        connection.close()


def _with_groups(sql: str) -> str:
    """The statement with a grouping set for everybody and one for each breakdown."""
    keys = "r.unit_code, r.stratum_no, r.cluster_no"
    breakdown = " ".join(f"when grouping(r.{name}) = 0 then '{name}'" for name in BREAKDOWNS)
    category = " ".join(f"when grouping(r.{name}) = 0 then r.{name}" for name in BREAKDOWNS)
    return sql.format(
        breakdown=f"case {breakdown} else '{ALL}' end",
        category=f"case {category} else '{ALL}' end",
        sets=", ".join([f"({keys})", *(f"({keys}, r.{name})" for name in BREAKDOWNS)]),
        people_sets=", ".join(["(r.cluster_no)", *(f"(r.cluster_no, r.{name})" for name in BREAKDOWNS)]),
    )
