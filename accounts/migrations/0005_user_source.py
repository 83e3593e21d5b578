from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_session_not_after"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="source",
            field=models.CharField(
                blank=True,
                default="",
                editable=False,
                help_text="The identity provider that brings this user; blank: none, or it was removed.",
                max_length=60,
            ),
            preserve_default=False,
        ),
    ]
