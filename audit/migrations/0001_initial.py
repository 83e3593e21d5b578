import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "action",
                    models.CharField(help_text="What happened, by its code, for example user:create.", max_length=60),
                ),
                (
                    "result",
                    models.CharField(
                        choices=[("Succeeded", "Succeeded"), ("Failed", "Failed")], default="Succeeded", max_length=10
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True, help_text="Why it was refused; never shown to who was refused.", max_length=200
                    ),
                ),
                ("subject_type", models.CharField(help_text="User, App or System", max_length=20)),
                ("subject_id", models.CharField(blank=True, max_length=64)),
                ("subject", models.CharField(blank=True, max_length=254)),
                ("entity_type", models.CharField(blank=True, max_length=40)),
                ("entity_id", models.CharField(blank=True, max_length=64)),
                ("entity_name", models.CharField(blank=True, max_length=254)),
                ("cluster_id", models.CharField(blank=True, max_length=64)),
                ("source_ip", models.GenericIPAddressField(blank=True, null=True)),
                ("user_agent", models.CharField(blank=True, max_length=300)),
                ("http_method", models.CharField(blank=True, max_length=10)),
                ("url", models.CharField(blank=True, max_length=500)),
                ("request_id", models.CharField(blank=True, max_length=64)),
                ("metadata", models.JSONField(blank=True, default=dict)),
            ],
            options={
                "ordering": ("-at", "-pk"),
                "indexes": [
                    models.Index(fields=["-at", "-id"], name="audit_newest_first"),
                    models.Index(fields=["entity_type", "entity_id"], name="audit_by_entity"),
                    models.Index(fields=["subject_id"], name="audit_by_subject"),
                    models.Index(fields=["request_id"], name="audit_by_request"),
                ],
            },
        ),
    ]
