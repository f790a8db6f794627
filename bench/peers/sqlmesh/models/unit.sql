MODEL (name dossiers.unit, kind FULL);

select unit_name::text as unit_name, unit_code::text as unit_code from read_csv('data/unit.csv')
