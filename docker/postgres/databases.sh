#!/bin/sh
# Run once, by the image of PostgreSQL, when the data folder is new: a role and a database for each program, none of
# them a superuser. Passwords come from files and go through psql's variables, never through a command line.
set -eu

make_database() {
	psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<-SQL
		\set password \`cat "$2"\`
		create role $1 login password :'password';
		create database $1 owner $1;
		revoke all on database $1 from public;
	SQL
}

make_database airflow /run/secrets/airflow_db_password
make_database superset /run/secrets/superset_db_password
