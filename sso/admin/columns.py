"""Columns of the list of providers, and what is said of those whose metadata ended."""

from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from common.columns import from_now, when
from common.translating import translated
from sso.models import IdentityProvider
from sso.services.certificates import EndStatus, metadata_ends_soon, renewal_of, soonest_end


@admin.display(description=gettext_lazy("certificate ends"))
def certificate_ends(provider: IdentityProvider) -> SafeString | str:
    end = soonest_end(provider)
    if end is None or end.state == "fine":
        return "" if end is None else from_now(end.ends_at)
    return _end_badge(end)


@admin.display(description=gettext_lazy("metadata"), ordering="metadata_problem")
def metadata_state(provider: IdentityProvider) -> SafeString | str:
    """Say when it ends, if somebody has to do something about that, and why it could not be fetched again."""
    end = metadata_ends_soon(provider)
    said: list[str] = [_end_badge(end)] if end else []
    said += [translated(provider.metadata_problem)] if provider.metadata_problem else []
    return format_html_join(" ", "{}", ((one,) for one in said)) or "-"


@admin.display(description=gettext_lazy("last sign-in"))
def last_attempt(provider: IdentityProvider) -> str:
    attempt = provider.attempts.first()
    return format_html("{}, {}", attempt.get_outcome_display(), when(attempt.at)) if attempt else gettext("none yet")


def _end_badge(end: EndStatus) -> SafeString:
    said = gettext("ended %(when)s") if end.state == "over" else gettext("ends %(when)s")
    return format_html('<strong class="badge {}">{}</strong>', end.state, said % {"when": from_now(end.ends_at)})


def ended_metadata(provider: IdentityProvider) -> str:
    """Say that nobody can sign in by this metadata, if it has ended."""
    end = metadata_ends_soon(provider)
    if end is None or end.state != "over":
        return ""
    told = gettext("Nobody can sign in with %(provider)s: its metadata ended %(when)s (validUntil).")
    return f"{told % {'provider': provider, 'when': from_now(end.ends_at)}} {translated(renewal_of(provider))}"
