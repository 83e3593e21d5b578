"""The state in which a backup and a database must agree: migrations, keys, and the next numbers of each table."""

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils.crypto import salted_hmac

Migration = tuple[str, str]


def applied_migrations() -> set[Migration]:
    loader = MigrationLoader(connection)
    return set(loader.applied_migrations) & set(loader.disk_migrations or ())


def known_migrations() -> set[Migration]:
    return set(MigrationLoader(None).disk_migrations or ())


def fingerprint_of_secret_key() -> str:
    return salted_hmac("runai_identity.backup", settings.ISSUER, algorithm="sha256").hexdigest()


def last_numbers(names: list[str]) -> dict[str, int]:
    """Return for each table the number that its sequence gave last, also to a row that is gone; none without one."""
    found: dict[str, int] = {}
    with connection.cursor() as cursor:
        for name in names:
            for sequence in _sequences(name):
                cursor.execute(*_asking(name, sequence))
                if row := cursor.fetchone():
                    found[name] = int(row[0])
    return found


def go_on_after(numbers: dict[str, int]) -> None:
    """Let the sequence of each table give the following number next."""
    with connection.cursor() as cursor:
        for name, last in numbers.items():
            if connection.vendor == "postgresql":
                for sequence in _sequences(name):
                    cursor.execute("SELECT setval(%s::regclass, %s)", [sequence, last])
            else:
                cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [name])
                cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [name, last])


def _sequences(table: str) -> list[str]:
    if connection.vendor != "postgresql":
        return [table]
    with connection.cursor() as cursor:
        return [str(one["name"]) for one in connection.introspection.get_sequences(cursor, table)]


def _asking(table: str, sequence: str) -> tuple[str, list[str]]:
    if connection.vendor == "postgresql":
        return f"SELECT last_value FROM {connection.ops.quote_name(sequence)} WHERE is_called", []  # noqa: S608
    return "SELECT seq FROM sqlite_sequence WHERE name = %s AND seq > 0", [table]
