import json
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from accounts.admin.acting import acting
from accounts.admin.actions import row_action
from accounts.models import User
from common.dossier import DossierAdmin, Tab
from common.errors import DomainError, Invalid
from common.numbers import whole_number
from sso.admin import parts
from sso.admin.columns import certificate_ends, ended_metadata, last_attempt, metadata_state
from sso.admin.forms import DOMAIN, FACTOR, MAPPING, METADATA, OPENID, SWITCHES, ProviderForm
from sso.admin.managing import ManagingAdmin
from sso.admin.metadata import asserts_all_of_several
from sso.mapping import MissingEmail, map_attributes
from sso.models import IdentityProvider
from sso.models.providers import ProviderType
from sso.protocols import saml
from sso.services.certificates import metadata_ends_soon, soonest_end
from sso.services.keys import NEXT_KEY, OLD_KEYS, publish_next_key, remove_old_keys, use_next_key
from sso.services.metadata import refresh_metadata
from sso.services.providers import (
    DOMAIN_OF_THE_FIRST,
    connect_provider,
    delete_provider,
    disable_provider,
    enable_provider,
    update_provider,
)

TO_ENTER: dict[str, tuple[str, ...]] = {
    ProviderType.SAML: ("redirect_address", "our_entity_id", "our_sign_out", "our_metadata"),
    ProviderType.OIDC: ("redirect_address", "after_sign_out"),
    ProviderType.OPENSHIFT: ("redirect_address",),
}
ABOUT_DOMAIN = gettext_lazy(
    "All directories share one name space: whoever asserts boss@example.com, or a group, has its access. So each may"
    " assert only what is listed here, one entry per line. The first one starts with everything, others with nothing."
)
READ = ("metadata_read_at", "metadata_problem")


@admin.register(IdentityProvider)
class IdentityProviderAdmin(ManagingAdmin[IdentityProvider], DossierAdmin[IdentityProvider]):
    takes_files = True  # its metadata
    form = ProviderForm
    change_form_template = "admin/sso/provider_form.html"
    when_empty = gettext_lazy(
        "No directory is connected yet: everybody signs in with a password from here. Add an "
        "identity provider with the address of its metadata, enter at the provider what its page "
        "shows then, test it, and enable it."
    )
    list_display = ("name", "alias", "type", "enabled", certificate_ends, metadata_state, last_attempt)
    ordering = ("position", "name")
    actions = ("enable", "disable", "fetch_metadata", "publish_next", "use_next", "remove_old")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("security-settings.update")

    def has_delete_permission(self, request: HttpRequest, obj: IdentityProvider | None = None) -> bool:
        return request.user.has_perm("security-settings.update")

    def get_readonly_fields(self, request: HttpRequest, obj: IdentityProvider | None = None) -> Any:
        return ("type", "alias", "enabled", *TO_ENTER[obj.type], *READ) if obj else ()

    def tabs(self) -> tuple[Tab, ...]:
        return parts.TABS

    def states(self, obj: IdentityProvider) -> list[tuple[str, str]]:
        shown = [(gettext("enabled"), "good") if obj.enabled else (gettext("disabled"), "wrong")]
        if (end := soonest_end(obj)) and end.state != "fine":
            shown.append(
                (gettext("certificate ended") if end.state == "over" else gettext("certificate ends soon"), "warn")
            )
        if over := metadata_ends_soon(obj):
            shown.append(
                (gettext("metadata ended"), "wrong")
                if over.state == "over"
                else (gettext("metadata ends soon"), "warn")
            )
        if obj.metadata_problem:
            shown.append((gettext("metadata not fetched"), "warn"))
        if not obj.email_domains:
            shown.append((gettext("may assert no address"), "warn"))
        return shown

    def told(self, obj: IdentityProvider) -> str:
        return f"{obj.get_type_display()} · {obj.alias}"

    def links_of(self, obj: IdentityProvider) -> list[tuple[str, str]]:
        return [
            (f"{reverse('sso:login', args=[obj.alias])}?test=1", gettext("Test this provider")),
            (reverse("admin:sso_identityprovider_mapping", args=[obj.pk]), gettext("Try the mapping")),
        ]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        first = {} if IdentityProvider.objects.exists() else DOMAIN_OF_THE_FIRST
        return {"type": ProviderType.SAML, **first, **super().get_changeform_initial_data(request)}

    def get_fieldsets(self, request: HttpRequest, obj: IdentityProvider | None = None) -> Any:
        naming = (None, {"fields": ("type", "alias", "name", "position", *(("enabled",) if obj else ()))})
        provider = (
            gettext("Provider metadata"),
            {"fields": (*METADATA, "metadata_entity_id", *(READ if obj else ()))},
        )
        saml_only = ("SAML", {"fields": ("name_id_format", "subject_attribute")})
        openid = (gettext("OpenID Connect and OpenShift"), {"fields": OPENID, "classes": ("openid",)})
        mapping = (gettext("Attribute mapping"), {"fields": MAPPING})
        switches = (gettext("Options"), {"fields": SWITCHES})
        factor = (gettext("Second factor at the provider"), {"fields": FACTOR})
        domain = (gettext("What it may assert"), {"fields": DOMAIN, "description": ABOUT_DOMAIN})
        if obj is None:
            return (naming, provider, openid, mapping, domain, factor, switches)
        to_enter = (gettext("What to enter at the provider"), {"fields": TO_ENTER[obj.type]})
        own = saml_only if obj.type == ProviderType.SAML else openid
        return {
            parts.METADATA: (to_enter, provider, own),
            parts.ASSERTIONS: (domain, factor),
        }.get(self.part_of_form(request), (naming, mapping, switches))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.mapping_view)
        return [path("<uuid:pk>/mapping/", view, name="sso_identityprovider_mapping"), *super().get_urls()]

    @method_decorator(sensitive_post_parameters("client_secret"))
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        size = whole_number(request.META.get("CONTENT_LENGTH") or "") or 0
        if request.method == "POST" and size > settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
            # The upload handler dropped the file, so the form alone would report that there was none.
            message = "The file is larger than 250 KB. Give the metadata by its address instead."
            self.refuse(request, Invalid("too_large", message, field="metadata_file"))
        return super().changeform_view(request, *args, **kwargs)

    def render_change_form(self, request: HttpRequest, context: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        provider: IdentityProvider | None = kwargs.get("obj")
        if provider is not None:
            context |= parts.ends_of(provider)
            context["asserts_all_of_several"] = asserts_all_of_several(provider)
        return super().render_change_form(request, context, **kwargs)

    @admin.display(description=gettext_lazy("redirect address (reply URL, ACS)"))
    def redirect_address(self, provider: IdentityProvider) -> SafeString:
        return format_html("<code>{}</code>", provider.redirect_uri)

    @admin.display(description=gettext_lazy("entity ID (audience)"))
    def our_entity_id(self, provider: IdentityProvider) -> SafeString:
        return format_html("<code>{}</code>", provider.entity_id)

    @admin.display(description=gettext_lazy("single logout URL"))
    def our_sign_out(self, provider: IdentityProvider) -> SafeString:
        return format_html("<code>{}</code>", provider.logout_uri)

    @admin.display(description=gettext_lazy("post-logout redirect URI"))
    def after_sign_out(self, provider: IdentityProvider) -> SafeString:
        return format_html("<code>{}{}</code>", settings.PUBLIC_URL, reverse("accounts:login"))

    @admin.display(description=gettext_lazy("our metadata"))
    def our_metadata(self, provider: IdentityProvider) -> SafeString:
        url = f"{provider.redirect_uri}/descriptor"
        return format_html('<a href="{}">{}</a>', reverse("sso:descriptor", args=[provider.alias]), url)

    def save_model(self, request: HttpRequest, obj: IdentityProvider, form: Any, change: bool) -> None:
        changes = form.what_changed()
        if change:
            stored = IdentityProvider.objects.get(pk=obj.pk)
            update_provider(actor=acting(request), provider=stored, **changes)
            return
        given = form.cleaned_data
        made = connect_provider(actor=acting(request), alias=given["alias"], type=given["type"], **changes)
        obj.pk = made.pk

    def delete_model(self, request: HttpRequest, obj: IdentityProvider) -> None:
        delete_provider(actor=acting(request), provider=obj)

    def applies(self, action: str, obj: IdentityProvider) -> bool:
        states = set(obj.keys.values_list("state", flat=True))
        return {
            "enable": not obj.enabled,
            "disable": obj.enabled,
            "fetch_metadata": bool(obj.metadata_url),
            "publish_next": bool(states) and "next" not in states,
            "use_next": "next" in states,
            "remove_old": "retiring" in states,
        }.get(action, True)

    @row_action(
        gettext_lazy("Enable"),
        sentence=gettext_lazy("The sign-in page offers it from now on, also to those who signed in with it before."),
        about=ended_metadata,
    )
    def enable(self, actor: User, provider: IdentityProvider) -> None:
        enable_provider(actor=actor, provider=provider)

    @row_action(
        gettext_lazy("Disable"),
        takes_away=True,
        sentence=gettext_lazy("Nobody signs in with it, and whoever did is refused, until it is enabled again."),
    )
    def disable(self, actor: User, provider: IdentityProvider) -> None:
        disable_provider(actor=actor, provider=provider)

    @row_action(
        gettext_lazy("Fetch metadata"),
        sentence=gettext_lazy("The metadata is fetched again now. If that fails, the last one stays."),
    )
    def fetch_metadata(self, actor: User, provider: IdentityProvider) -> None:
        refresh_metadata(actor=actor, provider=provider)

    @row_action(
        gettext_lazy("Publish the next certificate"),
        sentence=gettext_lazy("It stands in our metadata, so that the provider can learn it."),
    )
    def publish_next(self, actor: User, provider: IdentityProvider) -> None:
        publish_next_key(actor=actor, provider=provider)

    @row_action(
        gettext_lazy("Use the next certificate"),
        sentence=gettext_lazy("We sign with it from now on: the provider has to know it by now."),
        secrets=NEXT_KEY,
    )
    def use_next(self, actor: User, provider: IdentityProvider) -> None:
        use_next_key(actor=actor, provider=provider)

    @row_action(
        gettext_lazy("Remove the old certificate"),
        takes_away=True,
        sentence=gettext_lazy("What the provider still encrypts for it can't be read any more."),
        secrets=OLD_KEYS,
    )
    def remove_old(self, actor: User, provider: IdentityProvider) -> None:
        remove_old_keys(actor=actor, provider=provider)

    @method_decorator(sensitive_post_parameters())
    def mapping_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """Apply the mapping to pasted attributes. Nothing is stored and nobody is signed in."""
        provider = self.get_object(request, str(pk))
        if provider is None or not self.has_change_permission(request, provider):
            raise Http404
        form = PastedForm(request.POST or None)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Try the mapping of %(provider)s") % {"provider": provider},
            "opts": self.opts,
            "provider": provider,
            "form": form,
        }
        if request.method == "POST" and form.is_valid():
            context |= _mapped(provider, form.cleaned_data["pasted"])
        response = TemplateResponse(request, "admin/sso/mapping.html", context)
        response["Cache-Control"] = "no-store"
        return response


class PastedForm(forms.Form):
    pasted = forms.CharField(
        label=gettext_lazy("An assertion (XML, decrypted) or claims (JSON)"),
        widget=forms.Textarea(attrs={"rows": 14, "cols": 100, "spellcheck": "false", "autocomplete": "off"}),
    )


def _mapped(provider: IdentityProvider, pasted: str) -> dict[str, Any]:
    """Return the template context: the mapped user, or the problem."""
    try:
        attributes = saml().read_attributes(pasted) if provider.type == ProviderType.SAML else json.loads(pasted)
        if not isinstance(attributes, dict):
            return {"problem": "Claims are a JSON object."}
        return {
            "person": map_attributes(attributes, provider.mapping, in_lists=provider.sends_lists),
            "names": sorted(attributes),
        }
    except RecursionError:
        return {"problem": "It is nested without end."}
    except (DomainError, MissingEmail, ValueError) as error:
        return {"problem": str(error)}
