import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_indexes_of_sign_in"),
        ("tokens", "0007_grant_types"),
    ]

    operations = [
        migrations.RenameModel(old_name="RefreshChain", new_name="Grant"),
        migrations.RenameField(model_name="authorizationcode", old_name="chain", new_name="grant"),
        migrations.AlterField(
            model_name="grant",
            name="application",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="grants", to="tokens.application"
            ),
        ),
        migrations.AlterField(
            model_name="grant",
            name="session",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="grants", to="accounts.session"
            ),
        ),
        migrations.AlterField(
            model_name="grant",
            name="started_from",
            field=models.ForeignKey(
                help_text="The browser session that approved it, when it has a session of its own.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="started_grants",
                to="accounts.session",
            ),
        ),
    ]
