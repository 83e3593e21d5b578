import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0002_by_what_they_acted"),
    ]

    operations = [
        migrations.CreateModel(
            name="Repeat",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("count", models.PositiveIntegerField(default=0)),
                ("window_ends_at", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.AddField(
            model_name="event",
            name="repeated",
            field=models.PositiveIntegerField(
                default=0, help_text="Further refusals like this one, counted here alone."
            ),
        ),
        migrations.AddField(
            model_name="event",
            name="repeated_until",
            field=models.DateTimeField(blank=True, help_text="When the last of these was.", null=True),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["subject_type", "at"], name="audit_by_subject_type"),
        ),
        migrations.AddField(
            model_name="repeat",
            name="event",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="audit.event"
            ),
        ),
    ]
