from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tokens", "0003_audience_of_the_api"),
    ]

    operations = [
        migrations.AddField(
            model_name="consent",
            name="proofs",
            field=models.JSONField(default=list, editable=False, help_text="Fingerprints of its secret or keys then."),
        ),
        migrations.AddField(
            model_name="consent",
            name="redirect_uris",
            field=models.JSONField(
                default=list, help_text="Where it could send people then.", verbose_name="redirect URIs"
            ),
        ),
    ]
