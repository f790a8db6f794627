MODEL (name dossiers.stg_dossier, kind FULL);

select
    dossier_id,
    unit_name,
    @moment(filed) as filed_at,
    @moment(due) as due_at,
    @moment(returned) as returned_at,
    way_of_filing = 'Trực tuyến toàn trình' as is_online,
    case result_text
        when 'Đang xử lý' then 'in_progress' when 'Đã trả kết quả' then 'returned' when 'Từ chối' then 'refused'
        when 'Rút hồ sơ' then 'withdrawn'
    end as result,
    try_cast(rating_text as integer) as rating,
    cast(split_part(parse_filename(filename), '_', 3) || '-01' as date) as export_month,
    row_number() over () as source_row
-- Named here: SQLMesh writes quoted identifiers in small letters, and DuckDB does not take "đơn vị" for "Đơn vị".
from read_csv(
    'data/exports/*.csv', all_varchar = true, filename = true, header = true,
    names = ['dossier_id', 'procedure_code', 'field', 'level', 'unit_name', 'ward', 'filed', 'received', 'due',
             'returned', 'way_of_filing', 'fee_paid', 'digitised', 'result_text', 'rating_text', 'complaint',
             'full_name', 'phone', 'identity_number', 'email', 'address']
)
