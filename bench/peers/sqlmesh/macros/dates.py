"""Dates as portals write them, and the minutes of a working day."""

from sqlmesh import macro

FORMATS = ("%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%d/%m/%Y", "%d-%m-%Y %H:%M")


@macro()
def moment(evaluator, cell):
    text = cell.sql("duckdb")
    forms = ", ".join(f"'{form}'" for form in FORMATS)
    return (
        f"coalesce(try_strptime({text}, [{forms}]), timestamp '1899-12-30' "
        f"+ to_seconds(cast(round(try_cast({text} as double) * 86400) as bigint)))"
    )


@macro()
def worked(evaluator, moment, is_working_day):
    minute = f"(date_part('hour', {moment.sql('duckdb')}) * 60 + date_part('minute', {moment.sql('duckdb')}))"
    return (
        f"case when {is_working_day.sql('duckdb')} then least(greatest({minute} - 450, 0), 240) "
        f"+ least(greatest({minute} - 810, 0), 210) else 0 end"
    )
