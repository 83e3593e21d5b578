"""The parts of a provider's page beside the first: metadata, what it may assert, people, sign-ins, events."""

from collections import defaultdict
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from access.services.subjects import withheld_from
from accounts.admin.acting import acting
from accounts.models import Membership
from accounts.ports.authority import authority
from audit.admin.tab import events_tab
from common.dossier import FormTab, Tab
from sso.admin.metadata import asserts_all_of_several, metadata_lines
from sso.models import IdentityProvider
from sso.services.certificates import certificates_of, metadata_ends_soon, renewal_of
from sso.services.remarks import remarks_of

METADATA, ASSERTIONS = "metadata", "assertions"
MOST_SHOWN = 50


def ends_of(provider: IdentityProvider) -> dict[str, Any]:
    """Return what `_certificates.html` shows."""
    return {
        "certificates": certificates_of(provider),
        "metadata_end": metadata_ends_soon(provider),
        "renewal": renewal_of(provider),
    }


def _metadata(request: HttpRequest, provider: IdentityProvider) -> dict[str, Any]:
    return {**ends_of(provider), "known": metadata_lines(provider)}


def _assertions(request: HttpRequest, provider: IdentityProvider) -> dict[str, Any]:
    return {
        "withheld": withheld_from(provider.alias, privileged=provider.privileged),
        "asserts_all_of_several": asserts_all_of_several(provider),
    }


def _people(request: HttpRequest, provider: IdentityProvider) -> dict[str, Any]:
    """Those who came last, with the groups that the provider put them into."""
    newest = provider.identities.select_related("user").order_by("-last_seen_at", "-pk")
    found = list(newest[: MOST_SHOWN + 1])
    readable = authority().visible_groups(acting(request))
    filled = Membership.objects.filter(source=provider.alias, group__in=readable)
    users = [one.user_id for one in found[:MOST_SHOWN] if one.user_id]
    groups: dict[Any, list[str]] = defaultdict(list)
    for user, name in filled.filter(user__in=users).order_by("group__name").values_list("user", "group__name"):
        groups[user].append(name)
    people = [(one, groups.get(one.user_id, [])) for one in found[:MOST_SHOWN]]
    return {"people": people, "more": len(found) > MOST_SHOWN}


def _sign_ins(request: HttpRequest, provider: IdentityProvider) -> dict[str, Any]:
    found = list(provider.attempts.all()[: MOST_SHOWN + 1])
    return {"attempts": found[:MOST_SHOWN], "more": len(found) > MOST_SHOWN, "remarks": remarks_of(provider)}


TABS = (
    FormTab(METADATA, "admin/sso/provider_metadata.html", _metadata, label=gettext_lazy("Metadata and certificates")),
    FormTab(ASSERTIONS, "admin/sso/provider_assertions.html", _assertions, label=gettext_lazy("What it may assert")),
    Tab("people", "admin/sso/provider_people.html", _people, label=gettext_lazy("People")),
    Tab("sign-ins", "admin/sso/provider_sign_ins.html", _sign_ins, label=gettext_lazy("Sign-ins")),
    events_tab(gettext_lazy("Changes of the provider, of its metadata and of its certificates appear here.")),
)
