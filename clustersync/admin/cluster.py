from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, reverse
from django.utils.translation import gettext, gettext_lazy

from access.adapters.ending import within
from accounts.admin.acting import acting
from accounts.admin.actions import row_action
from accounts.models import User
from clustersync.admin import connect, parts, preview
from clustersync.admin.doctor import DoctorPage
from clustersync.admin.forms import FIELDSETS, ClusterRegistrationForm, form_field
from clustersync.admin.verify import VerifyTokenPage
from clustersync.bounds import in_words
from clustersync.models import Cluster, CredentialKind
from clustersync.services.bounds import bound_of
from clustersync.services.clusters import delete_cluster, register_cluster, update_cluster, visible_clusters
from clustersync.services.credentials import REPLACED, SECRETS, end_replaced, new_credential, overlap_ends_at, replaced
from common.admin import Revealed
from common.dossier import DossierAdmin, Tab
from common.wording import Wording
from tokens.services.keys import longest_token_life

FACTS = ("disabling_takes", "audience", "shared_since", "its_uuid", "created_by", "created_at")


def _until(cluster: Cluster, kind: CredentialKind) -> Wording | None:
    ends_at = overlap_ends_at(cluster, kind)
    return Wording("The old one is good until {until} UTC.", until=f"{ends_at:%Y-%m-%d %H:%M}") if ends_at else None


@admin.register(Cluster)
class ClusterAdmin(DossierAdmin[Cluster]):
    resource_type = "cluster"
    when_empty = gettext_lazy("No cluster yet. Register one, and its page gives you the lines for its API server.")
    list_display = ("name", "mode", "api_url", "audience", "enabled", "created_at")
    list_filter = ("enabled", "mode", "legacy_flags", "accepts_shared_audience")
    search_fields = ("scope__name", "audience")
    ordering = ("slug",)
    actions = ("make_a_new_webhook_token", "make_a_new_agent_token", "end_replaced_tokens")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Cluster]:
        return visible_clusters(acting(request)).order_by("slug")

    def get_form(self, request: HttpRequest, obj: Cluster | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = {} if obj else {"form": ClusterRegistrationForm}
        return super().get_form(request, obj, change=change, **form, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Cluster | None = None) -> Any:
        if obj is None:
            return ((None, {"fields": ("name",)}), *FIELDSETS)
        return ((None, {"fields": ("name", "enabled")}), *FIELDSETS, (gettext("Facts"), {"fields": FACTS}))

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        usual = super().formfield_for_dbfield(db_field, request, **kwargs)
        return form_field(db_field.name, label=usual.label, help_text=usual.help_text) or usual if usual else usual

    def get_readonly_fields(self, request: HttpRequest, obj: Cluster | None = None) -> Any:
        return ("name", *FACTS) if obj else ()

    def get_urls(self) -> list[URLPattern]:
        return [
            *connect.urls(self),
            *DoctorPage().urls(self),
            *VerifyTokenPage().urls(self),
            *preview.urls(self),
            *super().get_urls(),
        ]

    def tabs(self) -> tuple[Tab, ...]:
        return parts.TABS

    def states(self, obj: Cluster) -> list[tuple[str, str]]:
        shown = [(gettext("enabled"), "good") if obj.enabled else (gettext("disabled"), "wrong")]
        if obj.legacy_flags:
            shown.append((gettext("the platform's existing flags"), "warn"))
        if obj.accepts_shared_audience:
            shown.append((gettext("accepts the shared audience"), "warn"))
        return shown

    def told(self, obj: Cluster) -> str:
        return " · ".join(filter(None, [str(obj.get_mode_display()), obj.audience, obj.api_url]))

    def links_of(self, obj: Cluster) -> list[tuple[str, str]]:
        pages = {
            "connect": gettext("Connect the API server"),
            "doctor": gettext("Doctor"),
            "verify_token": gettext("Verify a token"),
        }
        return [(reverse(f"admin:clustersync_cluster_{name}", args=[obj.pk]), text) for name, text in pages.items()]

    @admin.display(description=gettext_lazy("name"), ordering="scope__name")
    def name(self, cluster: Cluster) -> str:
        return cluster.scope.name

    @admin.display(description=gettext_lazy("disabling somebody takes effect within"))
    def disabling_takes(self, cluster: Cluster) -> str:
        return in_words(bound_of(cluster, shared_live=longest_token_life()))

    @admin.display(description="UUID")
    def its_uuid(self, cluster: Cluster) -> str:
        return cluster.uuid

    def save_model(self, request: HttpRequest, obj: Cluster, form: Any, change: bool) -> None:
        if change:
            changes = {name: form.cleaned_data[name] for name in form.changed_data}
            update_cluster(actor=acting(request), cluster=obj, **changes)
            return
        cluster, token = register_cluster(actor=acting(request), **form.cleaned_data)
        obj.scope = cluster.scope
        self.reveal(request, connect.ConfigurationWithToken(cluster, token))

    def deletion_takes(self, request: HttpRequest, obj: Cluster) -> list[str]:
        return within(obj.scope, reader=acting(request))

    def delete_model(self, request: HttpRequest, obj: Cluster) -> None:
        delete_cluster(actor=acting(request), cluster=obj)

    @row_action(
        gettext_lazy("New webhook token"),
        sentence=gettext_lazy(
            "You see it once. The old one stays good for one hour, so that the API servers can be "
            "given the new one in turn."
        ),
        singly=gettext_lazy("Make one webhook token at a time."),
        secrets=SECRETS[CredentialKind.WEBHOOK],
    )
    def make_a_new_webhook_token(self, actor: User, cluster: Cluster) -> connect.ConfigurationWithToken:
        token = new_credential(actor=actor, cluster=cluster, kind=CredentialKind.WEBHOOK)
        return connect.ConfigurationWithToken(cluster, token)

    @row_action(
        gettext_lazy("New agent token"),
        sentence=gettext_lazy(
            "The agent in the cluster shows it to read the desired RBAC and to report what it did. "
            "You see it once. One made before stays good for one hour."
        ),
        singly=gettext_lazy("Make one agent token at a time."),
        secrets=SECRETS[CredentialKind.AGENT],
    )
    def make_a_new_agent_token(self, actor: User, cluster: Cluster) -> Revealed:
        token = new_credential(actor=actor, cluster=cluster, kind=CredentialKind.AGENT)
        told = [Wording("Give it to the agent of {cluster} (docs/agent.md).", cluster=cluster)]
        told += filter(None, [_until(cluster, CredentialKind.AGENT)])
        label = Wording("Agent token of {cluster}", cluster=cluster)
        return Revealed(Wording("The agent's token"), label, token, Wording.joined(" ", told))

    @row_action(
        gettext_lazy("End replaced tokens"),
        takes_away=True,
        sentence=gettext_lazy(
            "These webhook and agent tokens, which a newer one replaced, are refused from now on. An API server or an "
            "agent that was not given the new one yet is turned away until it is."
        ),
        secrets=REPLACED,
        rows=lambda clusters: clusters.filter(pk__in=replaced().values("cluster")),
    )
    def end_replaced_tokens(self, actor: User, cluster: Cluster) -> None:
        end_replaced(actor=actor, cluster=cluster)
