"""From a table to its figures: every score with its unit, and ranks put beside the totals they belong to."""

from __future__ import annotations

from collections import defaultdict, deque

from ingestion.figure_rows import Figure, FigureMaker
from ingestion.tables import Column, Table


def score_figures(table: Table, maker: FigureMaker) -> list[Figure]:
    """The scores of `table` by row, then by column. A blank score cell is no figure: the source left it out."""
    figures = []
    for row in table.data_rows:
        for column in table.scores:
            cell = table.cell(row, column.index)
            if cell is None:
                continue
            figure = _figure(table, row, column, maker)
            figure.set_value(cell.value, table.place(row, column.index))
            figures.append(figure)
    return figures


def attach_ranks(figures: list[Figure], table: Table, maker: FigureMaker) -> list[Figure]:
    """Put the ranks of `table` beside the figures of the same unit and indicator.

    Returns the ranks that belong to no figure, as figures of their own without a value. A unit that stands twice
    takes its ranks in the order they stand.
    """
    waiting: dict[tuple[str, str], deque[Figure]] = defaultdict(deque)
    for figure in figures:
        waiting[figure.unit_key, figure.indicator_code].append(figure)
    alone = []
    for column in table.ranks:
        for row in table.data_rows:
            cell = table.cell(row, column.index)
            if cell is None:
                continue
            rank = _figure(table, row, column, maker)
            owners = waiting[rank.unit_key, rank.indicator_code]
            owner = owners.popleft() if owners else rank
            owner.set_rank(cell.value, table.place(row, column.index))
            if owner is rank:
                alone.append(rank)
    return alone


def _figure(table: Table, row: int, column: Column, maker: FigureMaker) -> Figure:
    unit = table.cell(row, column.unit_column)
    return maker.make(unit, table.place(row, column.unit_column), column.text, column.code)
