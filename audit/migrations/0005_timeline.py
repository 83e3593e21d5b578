from django.db import migrations, models
from django.db.models import Q

NARROWED_BY = {
    "action": "audit_by_action",
    "subject": "audit_by_actor",
    "subject_id": "audit_by_subject",
    "entity_name": "audit_by_target",
    "entity_id": "audit_by_entity",
    "source_ip": "audit_by_address",
}


def _index(*fields, name, **more):
    return migrations.AddIndex(model_name="event", index=models.Index(fields=fields, name=name, **more))


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_sign_ins_by_day")]

    operations = [
        migrations.RemoveIndex(model_name="event", name="audit_by_entity"),
        migrations.RemoveIndex(model_name="event", name="audit_by_subject"),
        migrations.AddField(
            model_name="event",
            name="grant_id",
            field=models.CharField(
                blank=True,
                default="",
                help_text="What one sign-in gave that client: all its tokens have the same grant_id.",
                max_length=64,
            ),
            preserve_default=False,
        ),
        *(_index(by, "-at", "-id", name=name) for by, name in NARROWED_BY.items()),
        _index("-at", "-id", name="audit_refusals", condition=Q(result="Failed")),
        _index("grant_id", name="audit_by_grant"),
        _index("caller_request_id", name="audit_by_callers_id"),
    ]
