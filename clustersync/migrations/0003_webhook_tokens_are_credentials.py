from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("clustersync", "0002_cluster_modes"),
    ]

    operations = [
        migrations.RemoveField(model_name="cluster", name="webhook_token_hash"),
        migrations.RemoveField(model_name="cluster", name="webhook_token_rotated_at"),
    ]
