"""A release in a PostgreSQL server, for tools and people that want one (docs/decisions/0020)."""
