"""Superset behind the web server of compose.yml: secrets from files, metadata in PostgreSQL, TLS ended in front."""

from pathlib import Path

_SECRETS = Path("/run/secrets")

SECRET_KEY = (_SECRETS / "superset_secret_key").read_text("utf-8").strip()
SQLALCHEMY_DATABASE_URI = (_SECRETS / "superset_db_url").read_text("utf-8").strip()
ENABLE_PROXY_FIX = True
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_SAMESITE = "Lax"
# The web server speaks TLS; in here a redirect to it would lead nowhere.
TALISMAN_CONFIG = {
    "force_https": False,
    "content_security_policy": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "object-src": "'none'",
        "style-src": ["'self'", "'unsafe-inline'"],
        "script-src": ["'self'", "'strict-dynamic'"],
    },
    "content_security_policy_nonce_in": ["script-src"],
}
