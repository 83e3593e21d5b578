from django.db import migrations


class Migration(migrations.Migration):
    """Let a rule name a role beside the built-in ones; a rule whose role no longer exists gives nothing."""

    dependencies = [
        ("access", "0003_administering_rules"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="accessrule", name="access_rule_role_exists"),
    ]
