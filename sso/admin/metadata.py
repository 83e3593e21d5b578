"""The lines of a provider's metadata, for comparison with the provider's own pages."""

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext

from access.assertions import ALL
from common.translating import translated
from sso.models import IdentityProvider

_ENDPOINTS = {
    "authorization_endpoint": "Authorization endpoint",
    "token_endpoint": "Token endpoint",
    "userinfo_endpoint": "Userinfo endpoint",
    "user_endpoint": "User endpoint",
    "jwks_uri": "Keys (JWKS)",
    "end_session_endpoint": "End-session endpoint",
}


def metadata_lines(provider: IdentityProvider) -> list[tuple[str, str]]:
    """Return what the metadata has: the name of each line, in the reader's language, and its value."""
    peer = provider.peer
    lines = [(gettext("Entity ID"), peer.get("entity_id")), (gettext("Issuer"), peer.get("issuer"))]
    until = provider.metadata_valid_until
    lines.append((gettext("Valid until"), date_format(localtime(until), "DATETIME_FORMAT") if until else ""))
    for name, what in (("sign_in", gettext("Sign-in address")), ("sign_out", gettext("Sign-out address"))):
        lines += [(f"{what} ({_short(binding)})", place) for binding, place in peer.get(name, {}).items()]
    lines += [(gettext(what), peer.get(name)) for name, what in _ENDPOINTS.items()]
    lines += [(gettext("Not used"), translated(sentence)) for sentence in peer.get("left_out", ())]
    return [(what, str(value)) for what, value in lines if value]


def asserts_all_of_several(provider: IdentityProvider) -> bool:
    """Return True if the provider may assert every address although another provider is enabled."""
    others = IdentityProvider.objects.filter(enabled=True).exclude(pk=provider.pk)
    return ALL in provider.email_domains and others.exists()


def _short(binding: str) -> str:
    """Return `post` or `redirect` for the URI of a binding."""
    return binding.rpartition("-")[2].lower()
