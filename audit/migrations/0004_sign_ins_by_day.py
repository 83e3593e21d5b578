from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_repeats")]

    operations = [
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                fields=["action", "result", "at", "repeated"],
                condition=models.Q(action="session:sign-in"),
                name="audit_sign_ins_by_day",
            ),
        ),
    ]
