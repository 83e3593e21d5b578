"""Since when a cluster shares an audience. Nobody was told of those that do already: they count from now on."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Q
from django.utils import timezone


def begin_now(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    sharing = Q(legacy_flags=True) | Q(accepts_shared_audience=True)
    apps.get_model("clustersync", "Cluster").objects.filter(sharing).update(shared_since=timezone.now())


class Migration(migrations.Migration):
    dependencies = [("clustersync", "0004_cluster_tokens")]

    operations = [
        migrations.AddField(
            model_name="cluster",
            name="shared_since",
            field=models.DateTimeField(
                editable=False,
                help_text="Since when its API server looks for an audience that others have too.",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="cluster",
            name="accepts_shared_audience",
            field=models.BooleanField(
                default=False,
                help_text="Also accept the audience that clusters with the platform's flags share, for command lines"
                " that send an ID token. Its tokens are good in all of those. Takes a System administrator of the account.",
            ),
        ),
        migrations.AlterField(
            model_name="cluster",
            name="legacy_flags",
            field=models.BooleanField(
                default=False,
                help_text="--oidc-client-id=runai with --oidc-username-prefix=-: the shared audience, people by their id"
                " without a prefix, no groups. For clusters configured long ago. Its API server takes tokens for every"
                " cluster that has these flags, and its users are told so. Takes a System administrator of the account.",
                verbose_name="the platform's existing flags",
            ),
        ),
        migrations.RunPython(begin_now, migrations.RunPython.noop),
    ]
