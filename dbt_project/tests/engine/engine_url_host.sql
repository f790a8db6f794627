{{ config(tags=['engine']) }}

-- The host of an address, without scheme, port, www and path.
with answered as (
    select
        1 as number_of_case,
        {{ url_host("'HTTPS://WWW.Example.vn:8080/a?b'") }} as found,
        'example.vn' as expected
    union all
    select
        2 as number_of_case,
        {{ url_host("'dichvucong.gov.vn'") }} as found,
        'dichvucong.gov.vn' as expected
    union all
    select
        3 as number_of_case,
        {{ url_host("' '") }} as found,
        null as expected
)

select *
from answered
where found is distinct from expected
