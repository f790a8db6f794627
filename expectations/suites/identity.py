"""Rules on keys against the reference tables: is there such a unit, indicator and year."""

from __future__ import annotations

from expectations.rules import Rule

UNIT_NOT_ON_MAP = Rule(
    rule_id="unit_not_on_map",
    severity="quarantine",
    owner="reference_keeper",
    category="identity",
    text_vi="đơn vị không có trên bản đồ hành chính của số liệu",
    text_en="the unit does not exist on the map the figure belongs to",
    rule_source="data/reference/unit.csv, geography_version.csv",
    failing_rows="""
        select f.batch_id, f.row_id,
               f.unit_code || coalesce(' on the map of ' || f.geography_version, ' without a map') as found,
               'a ' || f.unit_type || ' that exists there' as expected
        from subject as f
        left join reference.unit as u on u.unit_code = f.unit_code and u.unit_type = f.unit_type
        left join reference.geography_version as g on g.geography_version = f.geography_version
        where f.unit_code is not null
          and (
            u.unit_code is null
            or (f.unit_type = 'province' and not coalesce(
                coalesce(u.valid_from, date '0001-01-01') <= g.as_of
                and coalesce(u.valid_to, date '9999-12-31') >= g.as_of, false))
          )""",
    fix_vi="kiểm tra năm và địa giới của tệp, hoặc ngày hiệu lực trong unit.csv",
    fix_en="check the file's year and map, or the validity dates in unit.csv",
)

INDICATOR_UNKNOWN = Rule(
    rule_id="indicator_unknown",
    severity="block",
    owner="data_engineer",
    category="identity",
    text_vi="chỉ số không có trong bảng tham chiếu",
    text_en="the indicator is not in the reference table",
    rule_source="data/reference/indicator.csv",
    failing_rows="""
        select batch_id, min(row_id) as row_id, indicator_code as found, 'a code in indicator.csv' as expected
        from subject
        where indicator_code not in (select indicator_code from reference.indicator)
          and (parse_issue is null or parse_issue not in ('field_missing', 'field_unknown'))
        group by batch_id, indicator_code""",
    fix_vi="thêm chỉ số (kèm nguồn) vào indicator.csv, hoặc sửa layout của tệp",
    fix_en="add the indicator, with its source, to indicator.csv, or correct the layout",
)

YEAR_OUTSIDE_INDEX_LIFE = Rule(
    rule_id="year_outside_index_life",
    severity="quarantine",
    owner="data_provider",
    category="timeliness",
    text_vi="năm số liệu nằm ngoài thời gian tồn tại của bộ chỉ số",
    text_en="the index was not measured in that year",
    rule_source="data/reference/index_definition.csv",
    failing_rows="""
        select f.batch_id, f.row_id, cast(f.data_year as varchar) as found,
               cast(d.first_year as varchar) || ' to ' || coalesce(cast(d.last_year as varchar), 'today') as expected
        from subject as f
        join reference.indicator as i on i.indicator_code = f.indicator_code
        join reference.index_definition as d on d.index_code = i.index_code
        where f.data_year < d.first_year or f.data_year > d.last_year""",
    fix_vi="sửa năm số liệu, hoặc năm đầu/cuối trong index_definition.csv (kèm nguồn)",
    fix_en="correct the year, or first_year/last_year in index_definition.csv with a source",
)

YEAR_IN_FUTURE = Rule(
    rule_id="year_in_future",
    severity="quarantine",
    owner="data_provider",
    category="timeliness",
    text_vi="năm số liệu nằm trong tương lai",
    text_en="the year has not begun yet",
    rule_source="plain arithmetic",
    failing_rows="""
        select batch_id, row_id, cast(data_year as varchar) as found,
               'at most ' || cast(year(current_date) as varchar) as expected
        from subject where data_year > year(current_date)""",
    fix_vi="sửa năm số liệu",
    fix_en="correct the year",
)

INDICATOR_NOT_IN_YEAR = Rule(
    rule_id="indicator_not_in_year",
    severity="quarantine",
    owner="reference_keeper",
    category="timeliness",
    text_vi="chỉ số thành phần không được đo trong năm đó",
    text_en="the component was not measured in that year",
    rule_source="data/reference/indicator_period.csv (code books)",
    failing_rows="""
        with unmeasured as (
            select s.indicator_code, s.data_year, min(p.years) as years
            from (select distinct indicator_code, data_year from subject) as s
            join (
                select indicator_code, string_agg(
                    cast(year_from as varchar) || ' to ' || coalesce(cast(year_to as varchar), 'today'), ', '
                    order by year_from) as years
                from reference.indicator_period group by indicator_code
            ) as p on p.indicator_code = s.indicator_code
            join reference.indicator as i on i.indicator_code = s.indicator_code
            join reference.index_definition as d on d.index_code = i.index_code
            left join reference.indicator_period as q
              on q.indicator_code = s.indicator_code
             and s.data_year between q.year_from and coalesce(q.year_to, 9999)
            where s.data_year between d.first_year and coalesce(d.last_year, 9999)
            group by s.indicator_code, s.data_year
            having count(q.indicator_code) = 0
        )
        select f.batch_id, f.row_id, f.indicator_code || ' in ' || cast(f.data_year as varchar) as found,
               u.years as expected
        from subject as f
        join unmeasured as u on u.indicator_code = f.indicator_code and u.data_year = f.data_year""",
    fix_vi="kiểm tra cột đọc được là chỉ số nào; nếu đúng, thêm giai đoạn vào indicator_period.csv (kèm nguồn)",
    fix_en="check which indicator the column is; if it is right, add the period to indicator_period.csv with a source",
)

IDENTITY = (UNIT_NOT_ON_MAP, INDICATOR_UNKNOWN, YEAR_OUTSIDE_INDEX_LIFE, YEAR_IN_FUTURE, INDICATOR_NOT_IN_YEAR)
