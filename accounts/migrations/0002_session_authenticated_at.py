import django.utils.timezone
from django.db import migrations, models
from django.db.models import F


def as_they_began(apps, schema_editor):
    apps.get_model("accounts", "Session").objects.update(authenticated_at=F("created_at"))


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="session",
            name="authenticated_at",
            field=models.DateTimeField(
                default=django.utils.timezone.now, help_text="When the person last proved who they are."
            ),
        ),
        migrations.RunPython(as_they_began, migrations.RunPython.noop),
    ]
