{{ config(materialized='ephemeral') }}

select 'unit' as breakdown
union all
select 'field' as breakdown
