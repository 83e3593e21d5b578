"""The API has an audience of its own; `runai`, which it shared with clusters, is theirs alone from now on.

What was registered and agreed to for the control plane stays so. Grants and codes that name `runai` stay as they are:
nobody knows whether their tokens went to a cluster, so their clients have to ask again.
"""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

SHARED = "runai"
API = "urn:runai:api"


def rename(apps: Apps, before: str, after: str) -> None:
    for name in ("Application", "Consent"):
        model = apps.get_model("tokens", name)
        for row in model.objects.exclude(audiences=[]).iterator():
            if before in row.audiences:
                row.audiences = [after if audience == before else audience for audience in row.audiences]
                row.save(update_fields=["audiences"])


def forwards(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    rename(apps, SHARED, API)


def backwards(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    rename(apps, API, SHARED)


class Migration(migrations.Migration):
    dependencies = [("tokens", "0002_oauth_provider")]

    operations = [migrations.RunPython(forwards, backwards)]
