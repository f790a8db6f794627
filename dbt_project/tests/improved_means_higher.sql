-- The metrics figures_improved and figures_worsened take higher for better. An index for which lower is
-- better needs metrics that know; until then it may not come in unnoticed.
select index_code
from {{ ref('dim_index') }}
where
    higher_is_better is null
    or not higher_is_better
