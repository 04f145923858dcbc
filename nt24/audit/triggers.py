"""SQL that makes the trail append-only: whoever reaches the database may add a row, and never change or remove one.

Migrations run it. A migration that makes SQLite copy one of these tables drops its triggers, and has to put them back.
"""

# Each table with the columns that are unique in it.
TABLES = {
    "audit_entry": ("id", "uuid"),
    "audit_link": ("position", "entry_id"),
    "audit_checkpoint": ("position", "uuid"),
}

# ALWAYS: also while replication or a restore has switched ordinary triggers off.
POSTGRESQL = (
    "CREATE TRIGGER {table}_keeps_rows BEFORE UPDATE OR DELETE ON {table} "
    "FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()",
    "CREATE TRIGGER {table}_keeps_all BEFORE TRUNCATE ON {table} "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()",
    "ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_keeps_rows",
    "ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_keeps_all",
)
FUNCTION = """
CREATE OR REPLACE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is append-only: % of % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END
$$
"""
REFUSE = "SELECT RAISE(ABORT, 'the audit trail is append-only: {verb} of {table} is refused')"


def to_add(vendor: str) -> list[str]:
    """The statements that put the triggers on all three tables."""
    if vendor == "postgresql":
        return [FUNCTION, *(sql.format(table=table) for table in TABLES for sql in POSTGRESQL)]
    return [sql for table, unique in TABLES.items() for sql in _sqlite(table, unique)]


def to_remove(vendor: str) -> list[str]:
    """The statements that undo `to_add`."""
    if vendor == "postgresql":
        triggers = [(table, f"{table}_{what}") for table in TABLES for what in ("keeps_rows", "keeps_all")]
        drops = [f"DROP TRIGGER {name} ON {table}" for table, name in triggers]
        return [*drops, "DROP FUNCTION audit_is_append_only()"]
    names = [f"{table}_refuses_{verb}" for table in TABLES for verb in ("update", "delete", "replace")]
    return [f"DROP TRIGGER {name}" for name in names]


def _sqlite(table: str, unique: tuple[str, ...]) -> list[str]:
    """INSERT OR REPLACE removes the row in its way without asking the trigger for DELETE, hence the third one."""
    in_the_way = " OR ".join(f"{column} = NEW.{column}" for column in unique)
    exists = f"EXISTS (SELECT 1 FROM {table} WHERE {in_the_way})"  # noqa: S608  names from above
    return [
        f"CREATE TRIGGER {table}_refuses_{verb.lower()} BEFORE {event} ON {table} {when}"
        f"BEGIN {REFUSE.format(verb=verb, table=table)}; END"
        for verb, event, when in (
            ("UPDATE", "UPDATE", ""),
            ("DELETE", "DELETE", ""),
            ("REPLACE", "INSERT", f"WHEN {exists} "),
        )
    ]
