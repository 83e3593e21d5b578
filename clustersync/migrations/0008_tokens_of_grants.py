from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("clustersync", "0007_webhook_refusals"),
        ("tokens", "0008_grants"),
    ]

    operations = [migrations.RenameField(model_name="clustertoken", old_name="chain", new_name="grant")]
