"""For each rule on figures one input that passes and one that fails for exactly that reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.expectations import cases_of_history as history
from tests.expectations import cases_of_portal as portal
from tests.expectations.batches import batch, provinces, row
from warehouse.figures import ParsedBatch


@dataclass(frozen=True)
class Case:
    """`failing` breaks the rule in rows `bad_rows`; `beside` are batches the rule compares with."""

    rule_id: str
    passing: Callable[[], ParsedBatch]
    failing: Callable[[], ParsedBatch]
    bad_rows: tuple[int, ...]
    beside: Callable[[], tuple[ParsedBatch, ...]] = tuple


def _ranked(*pairs: tuple[float, int], status: str = "printed", dataset: str = "pci") -> ParsedBatch:
    """Provinces with (value, rank); `status` is that of the last."""
    rows = [row(unit, value=value, rank=rank) for unit, (value, rank) in zip(provinces(), pairs, strict=False)]
    rows[-1]["figure_status"] = status
    return batch(*rows, dataset=dataset)


def _columns(step: float) -> ParsedBatch:
    """Land access and entry costs of 20 provinces, the second `step` above the first."""
    return batch(
        *(
            row(unit, indicator_code=code, value=5 + index / 100 + extra)
            for code, extra in (("PCI.ENTRY_COSTS", 0.0), ("PCI.LAND_ACCESS", step))
            for index, unit in enumerate(provinces()[:20])
        )
    )


def _years(step: float) -> ParsedBatch:
    return batch(
        *(
            row(unit, data_year=year, value=50 + index + extra)
            for year, extra in ((2009, 0.0), (2010, step))
            for index, unit in enumerate(provinces()[:20])
        )
    )


def _parts(civic_knowledge: float) -> ParsedBatch:
    """PAPI's first dimension, printed as 5.0, with its four sub-dimensions."""
    values = {"PAPI.D1": 5.0, "PAPI.SC11": civic_knowledge, "PAPI.SC12": 1.5, "PAPI.SC13": 1.5, "PAPI.SC14": 1.0}
    return batch(
        *(row(indicator_code=code, data_year=2013, value=value) for code, value in values.items()),
        dataset="papi_workbook",
    )


def _two_provinces(part_of_the_second: float | None) -> ParsedBatch:
    """A dimension of two provinces, the second with or without its one part."""
    first, second = provinces()[:2]
    rows = [
        row(first, indicator_code="PAPI.D1", data_year=2014, value=2.0),
        row(first, indicator_code="PAPI.SC11", data_year=2014, value=2.0),
        row(second, indicator_code="PAPI.D1", data_year=2014, value=part_of_the_second or 0.0),
    ]
    if part_of_the_second is not None:
        rows.append(row(second, indicator_code="PAPI.SC11", data_year=2014, value=part_of_the_second))
    return batch(*rows, dataset="papi_workbook")


def _papi(value: float, dataset: str) -> ParsedBatch:
    figure = row(indicator_code="PAPI.SC11", data_year=2012, value=value)
    return batch(figure, dataset=dataset, source_key=f"t:{dataset}")


def _annex(value: float, form: str) -> ParsedBatch:
    return batch(
        row(indicator_code="PAR_INDEX", data_year=2021, value=value),
        dataset="annex",
        source_key=f"annex:PAR_INDEX:2021:9:{form}",
    )


def _pci(total: float, data_year: int) -> ParsedBatch:
    """A score with two of its sub-indices, whose weights are 1 and 2."""
    values = {"PCI": total, "PCI.ENTRY_COSTS": 8.0, "PCI.LABOR_TRAINING": 6.0}
    return batch(*(row(indicator_code=code, data_year=data_year, value=value) for code, value in values.items()))


def _average(average: float) -> ParsedBatch:
    """All 63 provinces, 50 to 81 points, and their average."""
    scores = [row(unit, value=50 + index / 2, data_year=2015) for index, unit in enumerate(provinces())]
    nation = row("vn_provinces_average", unit_type="national", value=average, data_year=2015)
    return batch(*scores, nation, dataset="annex")


def _known(*units: str) -> ParsedBatch:
    return batch(*(row(unit) for unit in units), source_key="test:known")


def _one(**changes: object) -> Callable[[], ParsedBatch]:
    return lambda: batch(row(**changes))


CASES = (
    Case("no_figures", _one(), batch, (0,)),
    Case(
        "no_figures_in_a_code_book",
        lambda: batch(dataset="papi_codebook"),
        lambda: batch(row(), dataset="papi_codebook"),
        (1,),
    ),
    Case("not_a_number", _one(value_text="60,5"), _one(value=None, value_text="n/a", parse_issue="not_a_number"), (1,)),
    Case("rank_not_a_number", _one(rank=1), _one(rank_text="nhất", parse_issue="rank_not_a_number"), (1,)),
    Case("figure_without_number", _one(value=None, rank=3), _one(value=None), (1,)),
    Case(
        "name_unresolved",
        _one(),
        _one(unit_code=None, unit_candidates="An Giang [an_giang] 90 %", parse_issue="name_unresolved"),
        (1,),
    ),
    Case("name_ambiguous", _one(), _one(unit_code=None, parse_issue="name_ambiguous"), (1,)),
    Case(
        "unit_of_another_time",
        _one(),
        _one(
            unit_code=None, unit_candidates="Yên Bái [yen_bai] 100 % (until 2025-06-30)",
            parse_issue="unit_of_another_time",
        ),
        (1,),
    ),
    Case("year_missing", _one(), _one(data_year=None, parse_issue="year_missing"), (1,)),
    Case("duplicated_unit", lambda: batch(row(), row("ben_tre")), lambda: batch(row(), row("ben_tre"), row()), (1, 3)),
    Case(
        "decimal_marks_mixed",
        lambda: batch(*(row(unit, decimal_mark="comma") for unit in provinces()[:3])),
        lambda: batch(
            *(
                row(unit, decimal_mark=mark)
                for unit, mark in zip(provinces(), ("comma", "comma", "point", None), strict=False)
            )
        ),
        (3,),
    ),
    Case(
        "decimal_marks_undecided",
        lambda: batch(row(decimal_mark="comma"), row("ben_tre", decimal_mark="comma")),
        lambda: batch(row(decimal_mark="comma"), row("ben_tre", decimal_mark="point")),
        (1,),
    ),
    Case(
        "unit_not_on_map",
        _one(unit="lao_cai_2025", data_year=2025, geography_version="34"),
        _one(unit="lao_cai_2025", data_year=2010, geography_version="63"),
        (1,),
    ),
    Case(
        "indicator_unknown",
        _one(indicator_code="PCI.LAND_ACCESS", value=5.0),
        _one(indicator_code="PCI.LAND_GRANTS", value=5.0),
        (1,),
    ),
    Case(
        "year_outside_index_life",
        _one(data_year=2005, geography_version="64"),
        _one(data_year=2004, geography_version="64"),
        (1,),
    ),
    Case("year_in_future", _one(data_year=2020), _one(data_year=2999), (1,)),
    Case(
        "indicator_not_in_year",
        lambda: batch(row(indicator_code="PAPI.SC71", data_year=2018, value=1.0), dataset="papi_csv"),
        lambda: batch(row(indicator_code="PAPI.SC71", data_year=2012, value=1.0), dataset="papi_csv"),
        (1,),
    ),
    Case("figures_missing", lambda: _known("an_giang", "ben_tre"), lambda: _known("an_giang"), (1,)),
    Case("figures_extra", lambda: _known("an_giang", "ben_tre"), lambda: _known("an_giang", "ben_tre", "ca_mau"), (1,)),
    Case("no_expectation_on_record", lambda: _known("an_giang", "ben_tre"), _one(), (1,)),
    Case(
        "value_out_of_range",
        lambda: batch(row(indicator_code="PAPI.D1", data_year=2012, value=10.0), dataset="papi_csv"),
        lambda: batch(row(indicator_code="PAPI.D1", data_year=2012, value=10.1), dataset="papi_csv"),
        (1,),
    ),
    Case("rank_out_of_range", _one(value=None, rank=63), _one(value=None, rank=64), (1,)),
    Case(
        "rank_contradicts_scores",
        lambda: _ranked((70, 1), (65, 2), (60, 3), (60, 3)),
        lambda: _ranked((70, 1), (65, 2), (60, 3), (90, 4)),
        (4,),
    ),
    Case("identical_columns", lambda: _columns(0.5), lambda: _columns(0), (21,)),
    Case("copied_year", lambda: _years(1.5), lambda: _years(0), (21,)),
    Case("components_add_up", lambda: _parts(1.0), lambda: _parts(1.1), (2, 3, 4, 5)),
    Case("score_without_parts", lambda: _two_provinces(1.5), lambda: _two_provinces(None), (3,)),
    Case(
        "papi_sources_agree",
        lambda: _papi(1.0000005, "papi_csv"),
        lambda: _papi(1.1, "papi_csv"),
        (1,),
        lambda: (_papi(1.0, "papi_workbook"),),
    ),
    Case(
        "suspect_rank_contradicts_scores",
        lambda: _ranked((70, 1), (65, 2), (60, 3), dataset="annex"),
        lambda: _ranked((70, 1), (65, 2), (80, 3), status="suspect", dataset="annex"),
        (3,),
    ),
    Case("pci_total_adds_up", lambda: _pci(20.0, 2010), lambda: _pci(20.1, 2010), (1, 2, 3)),
    Case("pci_total_near_its_parts", lambda: _pci(20.3, 2011), lambda: _pci(20.6, 2011), (1,)),
    Case("jump_beyond_history", history.year_after, history.with_a_jump, (4,), history.year_before),
    Case("provinces_exchanged", history.year_after, history.with_provinces_exchanged, (5, 10), history.year_before),
    Case("columns_exchanged", history.year_after, history.with_columns_exchanged, (1, 511), history.year_before),
    Case("column_slid", history.year_after, history.with_a_column_slid, (154,), history.year_before),
    Case(
        "not_as_computed",
        history.of_single_precision,
        lambda: history.of_single_precision(last=1.2345678),
        (120,),
    ),
    Case("average_differs", lambda: _average(65.5), lambda: _average(65.6), (64,)),
    Case("field_missing", portal.month, portal.with_a_field_missing, (4,)),
    Case("field_unknown", portal.month, portal.with_a_field_nobody_described, (4,)),
    Case("units_of_the_map", portal.all_units, portal.all_units_but_one, (1,)),
    Case("score_parts_add_up", portal.score, lambda: portal.score(86.94), (7,)),
    Case("month_in_future", portal.month, lambda: portal.month(data_year=2026, data_month=2), (1, 2, 3)),
    Case("month_missing", portal.month, lambda: portal.month(data_month=None), (1, 2, 3)),
    Case("ways_of_filing_add_up", portal.ways, lambda: portal.ways(dossiers=101), (1,)),
    Case("shares_of_filing_add_up", portal.shares, lambda: portal.shares(online="45.0"), (1,)),
    Case("payments_add_up", portal.payments, lambda: portal.payments(local=31), (1,)),
    Case("printed_share_differs", portal.month, lambda: portal.month(printed="97.58"), (3,)),
    Case(
        "no_figures_in_an_archived_answer",
        lambda: batch(dataset="portal_archived"),
        lambda: batch(row(), dataset="portal_archived"),
        (1,),
    ),
    Case(
        "annex_forms_agree",
        lambda: _annex(87.5, "pdf"),
        lambda: _annex(78.5, "pdf"),
        (1,),
        lambda: (_annex(87.5, "xlsx"),),
    ),
)
