from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext, gettext_lazy

from access.adapters.ending import of_subject
from access.adapters.sections import of_named
from access.models import SubjectType
from accounts.admin.acting import acting
from accounts.admin.actions import row_action
from accounts.models import User
from accounts.ports.cut_off import cut_off_in_clusters
from audit.admin.tab import events_tab
from common.admin import MADE, Revealed
from common.dossier import DossierAdmin, Tab
from common.forms import Words
from common.wording import Wording
from tokens.admin.fields import HELP, LABELS, form_field
from tokens.admin.kinds import ApplicationKind, kind_of, registration_for
from tokens.client_metadata import FIELDS, registration_of
from tokens.models import Application
from tokens.services.applications import (
    EDITABLE_IN_BUILT_IN,
    OLD_SECRET,
    SECRET,
    delete_application,
    end_previous_secret,
    register_client,
    rotate_secret,
    set_application_enabled,
    update_registration,
    visible_applications,
)

MOST_EVENTS = 50
FACTS = ("built_in", "last_login", "created_by", "created_at", "updated_at")
ADDRESSES = (
    "application_type",
    "redirect_uris",
    "post_logout_redirect_uris",
    "allowed_origins",
    "backchannel_logout_uri",
    "backchannel_logout_session_required",
)


class ApplicationRegistrationForm(forms.ModelForm[Application]):
    kind = forms.ChoiceField(
        label=gettext_lazy("What is it?"),
        choices=ApplicationKind.choices,
        widget=forms.RadioSelect,
        initial=ApplicationKind.ROBOT,
    )
    redirect_uris = Words(
        label=gettext_lazy("Redirect URIs"),
        required=False,
        help_text=gettext_lazy(
            "Where people come back to when they signed in, one on a line. The application's own "
            "documentation names it. Blank for a native application: on their own machine, as "
            "kubelogin does."
        ),
    )

    class Meta:
        model = Application
        fields = ("name", "redirect_uris")


class ApplicationForm(forms.ModelForm[Application]):
    class Meta:
        model = Application
        fields = ()

    def _post_clean(self) -> None:
        """Instead of writing into the row what its verb may refuse: the page shows the row beside the form."""


@admin.register(Application)
class ApplicationAdmin(DossierAdmin[Application]):
    resource_type = "apps"
    when_empty = gettext_lazy(
        "No application yet. Register what asks for tokens by itself, such as a script, or what people sign in to."
    )
    form = ApplicationForm
    change_form_template = "admin/tokens/application_form.html"
    list_display = ("name", "display_name", "what", "enabled", "built_in", "last_login", "created_by")
    list_filter = ("enabled", "built_in", "application_type", "client_type")
    search_fields = ("name", "display_name")
    ordering = ("name",)
    actions = ("make_a_new_secret", "end_the_old_secret", "disable", "enable")
    always_readonly = ("name", "enabled", *FACTS)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Application]:
        return visible_applications(acting(request)).order_by("name")

    def tabs(self) -> tuple[Tab, ...]:
        return (
            Tab(
                "access", "admin/dossier.html", _access, lambda request, one: request.user.has_perm("access_rules.read")
            ),
            events_tab(gettext_lazy("What the application does at the API, and changes of it, appear here.")),
        )

    def states(self, obj: Application) -> list[tuple[str, str]]:
        return [(gettext("enabled"), "good") if obj.enabled else (gettext("disabled"), "wrong")]

    def told(self, obj: Application) -> str:
        return gettext("%(kind)s · client id %(name)s") % {"kind": kind_of(obj), "name": obj.client_id}

    def get_form(
        self, request: HttpRequest, obj: Application | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = {} if obj else {"form": ApplicationRegistrationForm}
        return super().get_form(request, obj, change=change, **form, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Application | None = None) -> Any:
        if obj is None:
            return ((None, {"fields": ("name", "kind", "redirect_uris")}),)
        return (
            (None, {"fields": ("name", "display_name", "enabled")}),
            (gettext("How it proves who it is"), {"fields": ("token_endpoint_auth_method", "jwks")}),
            (gettext("What it may ask for"), {"fields": ("grant_types", "scopes", "audiences")}),
            (gettext("Where it is"), {"fields": ADDRESSES}),
            (gettext("Its tokens"), {"fields": ("algorithm", "access_token_seconds")}),
            (gettext("Trust"), {"fields": ("require_pkce", "first_party")}),
            (gettext("Facts"), {"fields": FACTS}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Application | None = None) -> Any:
        # The name stays: access rules and the application itself go by it.
        if obj is None:
            return ()
        fixed = [name for name in FIELDS if name not in EDITABLE_IN_BUILT_IN] if obj.built_in else []
        return (*self.always_readonly, *fixed)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = form_field(db_field.name) or super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            field.help_text = HELP.get(db_field.name, field.help_text)
            field.label = LABELS.get(db_field.name, field.label)
        return field

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        application: Application | None = context.get("original")
        if application is not None:
            context["to_copy"] = {
                gettext("Issuer"): settings.ISSUER,
                gettext("Discovery"): f"{settings.ISSUER}/.well-known/openid-configuration",
                gettext("Token endpoint"): f"{settings.ISSUER}/protocol/openid-connect/token",
                gettext("Client ID"): application.client_id,
            }
            context["needs_a_secret"] = registration_of(application).has_secret and not application.secret_hash
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=gettext_lazy("what it is"))
    def what(self, application: Application) -> str:
        return kind_of(application)

    def applies(self, action: str, obj: Application) -> bool:
        offered = {"disable": obj.enabled, "enable": not obj.enabled}
        offered |= {"end_the_old_secret": obj.has_previous_secret}
        return offered.get(action, registration_of(obj).has_secret)

    def save_model(self, request: HttpRequest, obj: Application, form: Any, change: bool) -> None:
        given = form.cleaned_data
        if change:
            changes = {name: given[name] for name in form.changed_data}
            update_registration(actor=acting(request), application=obj, changes=changes)
            return
        registration = registration_for(given["kind"], given["redirect_uris"])
        application, secret = register_client(actor=acting(request), name=given["name"], registration=registration)
        obj.pk = application.pk
        if secret:
            self.reveal(request, _shown(application, secret))

    def response_add(
        self, request: HttpRequest, obj: Application, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Its page is next: what to copy from there is still to be done."""
        if MADE.of(request) or "_save" not in request.POST:
            return super().response_add(request, obj, post_url_continue)
        self.message_user(
            request,
            gettext("Registered: %(obj)s. Copy what stands in the box into it.") % {"obj": obj},
            messages.SUCCESS,
        )
        return redirect("admin:tokens_application_change", obj.pk)

    def has_delete_permission(self, request: HttpRequest, obj: Application | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and obj.built_in)

    def deletion_takes(self, request: HttpRequest, obj: Application) -> list[str]:
        return of_subject(SubjectType.APP, obj.client_id, reader=acting(request))

    def deletion_means(self) -> list[str]:
        return cut_off_in_clusters()

    def delete_model(self, request: HttpRequest, obj: Application) -> None:
        delete_application(actor=acting(request), application=obj)

    @row_action(
        gettext_lazy("New secret"),
        sentence=gettext_lazy(
            "You see it once. The old secret is good for an hour more: bring the new one to every "
            "place. If somebody else knows the old one, end it afterwards. Tokens got with it live "
            "until they end."
        ),
        singly=gettext_lazy("Make one secret at a time."),
        secrets=SECRET,
    )
    def make_a_new_secret(self, actor: User, application: Application) -> Revealed:
        return _shown(application, rotate_secret(actor=actor, application=application))

    @row_action(
        gettext_lazy("End the old secret"),
        takes_away=True,
        sentence=gettext_lazy(
            "The secret before the last one is refused from now on; tokens got with it live until they end."
        ),
        secrets=OLD_SECRET,
    )
    def end_the_old_secret(self, actor: User, application: Application) -> None:
        end_previous_secret(actor=actor, application=application)

    @row_action(
        gettext_lazy("Disable"),
        takes_away=True,
        sentence=gettext_lazy("A disabled application gets no tokens, and those it has are refused here from now on."),
        also=cut_off_in_clusters,
    )
    def disable(self, actor: User, application: Application) -> None:
        set_application_enabled(actor=actor, application=application, enabled=False)

    @row_action(
        gettext_lazy("Enable"), sentence=gettext_lazy("The application gets tokens again, with the secret it has.")
    )
    def enable(self, actor: User, application: Application) -> None:
        set_application_enabled(actor=actor, application=application, enabled=True)


def _shown(application: Application, secret: str) -> Revealed:
    told = [Wording("The application signs in with the client id {name} and this secret.", name=application.client_id)]
    application.refresh_from_db()
    if application.has_previous_secret:
        until = f"{application.previous_secret_ends_at:%Y-%m-%d %H:%M}"
        told.append(Wording("The old one is good until {until} UTC.", until=until))
    if not application.allows("client_credentials"):
        discovery = f"{settings.ISSUER}/.well-known/openid-configuration"
        told.append(Wording("It finds the rest at {discovery}.", discovery=discovery))
    title = Wording("Secret of {application}", application=application)
    return Revealed(title, Wording("Client secret"), secret, Wording.joined(" ", told))


def _access(request: HttpRequest, application: Application) -> dict[str, Any]:
    return {"sections": [of_named(SubjectType.APP, application.client_id, reader=acting(request))]}
