select
    dossier_id,
    unit_name,
    {{ moment('filed_at') }} as filed_at,
    {{ moment('due_at') }} as due_at,
    {{ moment('returned_at') }} as returned_at,
    way_of_filing = 'Trực tuyến toàn trình' as is_online,
    case result
        when 'Đang xử lý' then 'in_progress' when 'Đã trả kết quả' then 'returned' when 'Từ chối' then 'refused'
        when 'Rút hồ sơ' then 'withdrawn'
    end as result,
    try_cast(rating as integer) as rating,
    cast(split_part(file_name, '_', 3) || '-01' as date) as export_month,
    source_row
from raw.dossier
