#!/bin/sh
# Superset's tables, its administrator, our dashboard; then the server. Every start brings them up to date: an upgrade
# needs nothing else.
set -eu
superset db upgrade
superset init
# Not `superset fab create-admin`: it takes the password on the command line, which others on the machine can read.
python - <<'PYTHON'
from pathlib import Path

from superset.app import create_app

app = create_app()
with app.app_context():
    security = app.appbuilder.sm
    password = Path("/run/secrets/superset_admin_password").read_text("utf-8")
    if security.find_user("admin") is None:
        role = security.find_role("Admin")
        if not security.add_user("admin", "Reform", "Admin", "admin@localhost", role, password=password):
            raise SystemExit("the administrator could not be made")
PYTHON
superset import-dashboards --path /app/reform_duckdb.zip --username admin
exec gunicorn --bind "0.0.0.0:${SUPERSET_PORT}" --worker-class gthread --workers 1 --threads 8 --timeout 120 \
	"superset.app:create_app()"
