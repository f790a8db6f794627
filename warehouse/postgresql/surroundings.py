"""What others built around the schema: their rights, and their views, which would go on reading the replaced tables."""

from __future__ import annotations

from dataclasses import dataclass

from warehouse.postgresql.session import LOCK_NOT_AVAILABLE, ServerError, Session
from warehouse.release_tables import literal

#: May read every release; an administrator grants it to people and tools.
READER = "reform_reader"

_VIEWS = """
    select distinct
        v.relkind::text,
        quote_ident(n.nspname) || '.' || quote_ident(v.relname) as place,
        coalesce(array_to_string(v.reloptions, ', '), '') as options,
        pg_get_viewdef(v.oid) as definition
    from pg_catalog.pg_depend as d
    inner join pg_catalog.pg_rewrite as r on r.oid = d.objid
    inner join pg_catalog.pg_class as v on v.oid = r.ev_class
    inner join pg_catalog.pg_namespace as n on n.oid = v.relnamespace
    inner join pg_catalog.pg_class as t on t.oid = d.refobjid
    inner join pg_catalog.pg_namespace as own on own.oid = t.relnamespace
    where
        d.classid = 'pg_catalog.pg_rewrite'::regclass
        and d.refclassid = 'pg_catalog.pg_class'::regclass
        and own.nspname = {schema}
        and v.oid <> t.oid
    order by place
"""
_GRANTS = """
    select format(
        'grant usage on schema {new} to %s', case g.grantee when 0 then 'public' else g.grantee::regrole::text end
    )
    from pg_catalog.pg_namespace as n, aclexplode(n.nspacl) as g
    where n.nspname = {old} and g.grantee <> n.nspowner and g.privilege_type = 'USAGE'
    union
    select format(
        'grant select on {new}.%I to %s',
        t.relname,
        case g.grantee when 0 then 'public' else g.grantee::regrole::text end
    )
    from pg_catalog.pg_class as t
    inner join pg_catalog.pg_namespace as n on n.oid = t.relnamespace
    inner join pg_catalog.pg_class as same on same.relname = t.relname and same.relkind = 'r'
    inner join pg_catalog.pg_namespace as now on now.oid = same.relnamespace
    cross join lateral aclexplode(t.relacl) as g
    where
        n.nspname = {old} and now.nspname = {new_text} and t.relkind = 'r'
        and g.grantee <> t.relowner and g.privilege_type = 'SELECT'
    order by 1
"""


@dataclass(frozen=True)
class OutsideView:
    """A view over our tables, with its definition as it reads while the schema still has its name."""

    place: str
    kind: str
    options: str
    definition: str


def views_over(session: Session, schema: str) -> list[OutsideView]:
    """The views and materialised views that read tables of `schema`, those in it left out."""
    # With nothing on the path every name in a definition is written with its schema.
    session.run("set local search_path = pg_catalog")
    found = session.rows(_VIEWS.format(schema=literal(schema)))
    return [
        OutsideView(place, kind, options, definition)
        for kind, place, options, definition in found
        if not place.startswith(f"{schema}.")
    ]


def rebind(session: Session, views: list[OutsideView]) -> list[str]:
    """Make the views read the schema that now has the name; returns a sentence for each that could not be.

    A view keeps owner, rights and what is built on it. Call it in the transaction that renamed.

    Raises:
        ServerError: somebody reads one of them for so long that the switch would keep the others waiting.
    """
    left = []
    for view in views:
        if view.kind != "v":
            left.append(f"{view.place} is materialised and still holds the replaced release: create it again")
            continue
        options = f" with ({view.options})" if view.options else ""
        session.run("savepoint rebind")
        try:
            session.run(f"create or replace view {view.place}{options} as {view.definition}")
        except ServerError as error:
            if error.state == LOCK_NOT_AVAILABLE:
                raise
            session.run("rollback to savepoint rebind")
            left.append(f"view {view.place} still reads the replaced release and has to be changed: {error}")
        session.run("release savepoint rebind")
    return left


def grant_reading(session: Session, schema: str, replaced: str | None) -> list[str]:
    """Let `reform_reader`, and whoever could read `replaced`, read `schema`; returns what could not be done."""
    notes = []
    if not session.rows(f"select 1 from pg_catalog.pg_roles where rolname = {literal(READER)}"):
        session.run("savepoint role")
        try:
            session.run(f"create role {READER} nologin")
        except ServerError:
            # Not allowed to, or somebody made it this moment for another database of the server.
            session.run("rollback to savepoint role")
        session.run("release savepoint role")
    if session.rows(f"select 1 from pg_catalog.pg_roles where rolname = {literal(READER)}"):
        session.run(
            f"grant usage on schema {schema} to {READER}", f"grant select on all tables in schema {schema} to {READER}"
        )
    else:
        notes.append(f"there is no role {READER} and this user may not create it: `create role {READER} nologin`")
    if replaced is not None:
        query = _GRANTS.format(new=schema, new_text=literal(schema), old=literal(replaced))
        session.run(*(str(row[0]) for row in session.rows(query)))
    return notes
