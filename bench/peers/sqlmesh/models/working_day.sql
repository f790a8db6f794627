MODEL (name dossiers.working_day, kind FULL);

select day::date as day, is_working_day::boolean as is_working_day, minutes_before::bigint as minutes_before, due_until::bigint as due_until
from read_csv('data/calendar.csv')
