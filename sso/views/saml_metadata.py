"""Our SAML metadata, by djangosaml2's view and configuration loader. Imported where it is used: it needs pysaml2."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from djangosaml2.views import MetadataView as SamlMetadataView

from sso.models import IdentityProvider
from sso.models.providers import ProviderType
from sso.protocols import saml


def config_of(request: HttpRequest) -> Any:
    """Return pysaml2's SPConfig for the provider whose alias is in the address (the setting SAML_CONFIG_LOADER)."""
    alias = request.resolver_match.kwargs.get("alias", "") if request.resolver_match else ""
    return saml().sp_config(get_object_or_404(IdentityProvider, alias=alias, type=ProviderType.SAML))


class MetadataView(SamlMetadataView):  # type: ignore[misc]  # has no types
    def get(self, request: HttpRequest, provider: IdentityProvider) -> HttpResponse:
        metadata = saml().our_metadata(provider, self.get_sp_config(request))
        response = HttpResponse(metadata, content_type="application/samlmetadata+xml")
        response["Content-Disposition"] = f'inline; filename="runai-identity-{provider.alias}.xml"'
        return response
