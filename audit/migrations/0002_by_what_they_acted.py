from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="event",
            name="caller_request_id",
            field=models.CharField(
                blank=True, help_text="What the caller wrote in X-Request-ID: chosen by them.", max_length=64
            ),
        ),
        migrations.AddField(
            model_name="event",
            name="client_id",
            field=models.CharField(blank=True, help_text="The client by which they acted.", max_length=100),
        ),
        migrations.AddField(
            model_name="event",
            name="session_id",
            field=models.CharField(blank=True, help_text="The session in which they acted.", max_length=64),
        ),
        migrations.AddField(
            model_name="event",
            name="token_id",
            field=models.CharField(
                blank=True, help_text="The jti of the access token that they showed.", max_length=64
            ),
        ),
        migrations.AlterField(
            model_name="event",
            name="http_method",
            field=models.CharField(blank=True, help_text="console for a command, which the URL names.", max_length=10),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["session_id"], name="audit_by_session"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["token_id"], name="audit_by_token"),
        ),
    ]
