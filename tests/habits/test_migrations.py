import pytest
from django.apps import apps
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader

OWN = {config.label for config in apps.get_app_configs() if "." not in config.name and config.label != "runai_identity"}


@pytest.mark.django_db
def test_they_make_what_the_models_say() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)  # exits with 1 when something is missing


def test_each_can_be_taken_back() -> None:
    migrations = MigrationLoader(connection=None).disk_migrations.items()
    own = [(key, operation) for key, migration in migrations if key[0] in OWN for operation in migration.operations]

    assert own
    assert [f"{app}.{name}: {operation.describe()}" for (app, name), operation in own if not operation.reversible] == []
