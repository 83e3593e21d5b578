"""Which code can serve on which schema: replicas of two versions serve side by side while one replaces the other.

Migrations run while the previous version serves: what they take away or rename, that version must not use any more.
Where this can't be, the release raises GENERATION, and OLDEST_SERVED with it; replicas of older code find the latter in
the database, and are not ready.
"""

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from accounts.models import User
from runai_identity.models import Deployment
from tokens.models import Application

GENERATION = 1
OLDEST_SERVED = 1


def is_pending() -> bool:
    """Return True if this code has migrations that the database lacks. It takes tens of milliseconds."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def oldest_served() -> int:
    """Return the oldest generation of code that the schema serves; that of this code where nobody said."""
    found = Deployment.objects.filter(pk=1).values_list("oldest_generation", flat=True).first()
    return GENERATION if found is None else found


def unknown() -> list[str]:
    """Return the migrations in the database that this code does not know: a later version made them."""
    executor = MigrationExecutor(connection)
    ours = {app for app, _ in executor.loader.disk_migrations}
    return sorted(
        f"{app}.{name}"
        for app, name in executor.loader.applied_migrations
        if app in ours and (app, name) not in executor.loader.disk_migrations
    )


def why_not_from_here() -> str:
    """Return why the database is too old to be upgraded, in a sentence for operators; empty where it is not.

    Until 23 November 2026 there was no OAuth 2 provider. The migrations that django-oauth-toolkit brings for it run on
    applications as it had them itself, and fail in the middle on the ones that are there. A first start that was killed
    between the two has the same migrations, but nobody in its tables yet, and goes on.
    """
    applied = MigrationExecutor(connection).loader.applied_migrations
    if ("tokens", "0001_initial") not in applied or ("oauth2_provider", "0001_initial") in applied:
        return ""
    if User.objects.exists() or Application.objects.exists():
        return (
            "The database was begun before 23 November 2026, without an OAuth 2 provider, and can't be upgraded."
            " Begin with an empty one: what this version knows of users and rules, its API takes. Nothing was changed."
        )
    return ""


def say_what_it_serves() -> None:
    """After migrating: the row never goes back, or code of a version that was left behind would serve again."""
    row, _ = Deployment.objects.get_or_create(pk=1, defaults={"oldest_generation": OLDEST_SERVED})
    if row.oldest_generation < OLDEST_SERVED:
        Deployment.objects.filter(pk=1).update(oldest_generation=OLDEST_SERVED)
