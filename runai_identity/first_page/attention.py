"""Collect what an administrator should look at: each with a sentence and the page where it is put right."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.contrib import admin
from django.db.models import Count, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince, timeuntil
from django.utils.translation import gettext, ngettext

from access.services.administrators import (
    administrators_without_second_factor,
    two_administrators,
    unused_administrators,
)
from accounts.models import Mail, MailSettings, MailState, User
from accounts.services.throttle import locked_accounts
from clustersync.models import Cluster
from clustersync.models.rbac import SyncReport
from common.columns import from_now
from common.translating import translated
from runai_identity.first_page.visible import visible
from sso.models import Attempt, IdentityProvider
from sso.models.attempts import AttemptOutcome
from sso.services.certificates import EndStatus, metadata_ends_soon, renewal_of, soonest_end
from tokens.models import Application, SigningKey
from tokens.models.keys import State
from tokens.services.keys import activates_at

MOST_OF_A_KIND = 10
SILENT_AFTER = timedelta(minutes=15)  # an agent reports every half minute
UNUSED_AFTER = timedelta(days=90)
ROTATES_WITHIN = timedelta(days=3)
LATELY = timedelta(days=1)


@dataclass(frozen=True)
class AttentionItem:
    """`kind` is wrong for what fails now, warn for what will."""

    kind: str
    title: str
    sentence: str
    url: str


def attention(request: HttpRequest) -> list[AttentionItem]:
    """Return the items that need attention; failures come before warnings."""
    kinds = (_providers, _clusters, _mails, _locked, _administrators, _secrets, _keys)
    items = [item for kind in kinds for item in list(kind(request))[:MOST_OF_A_KIND]]
    return sorted(items, key=lambda item: item.kind != "wrong")


def _page(row: IdentityProvider | Cluster | User | Application) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def _providers(request: HttpRequest) -> Iterator[AttentionItem]:
    """Certificates that end, metadata that can't be fetched, and sign-ins that fail."""
    providers = visible(request, IdentityProvider)
    if providers is None:
        return
    lately = Attempt.objects.filter(at__gte=timezone.now() - LATELY, is_of_provider=True, is_test=False)
    tries = {
        row[0]: row[1:]
        for row in lately.order_by()
        .values_list("provider")
        .annotate(refused=Count("pk", filter=Q(outcome=AttemptOutcome.REFUSED)), all=Count("pk"))
    }
    for provider in providers.filter(enabled=True)[: 5 * MOST_OF_A_KIND]:
        yield from _certificate(provider)
        yield from _metadata(provider)
        if provider.metadata_problem:
            yield AttentionItem(
                "warn",
                gettext("%(provider)s: metadata") % {"provider": provider},
                gettext("It could not be fetched again; the last counts."),
                _page(provider),
            )
        refused, of = tries.get(provider.pk, (0, 0))
        if refused:
            told = gettext("%(refused)s of %(of)s sign-ins were refused in the last 24 hours. Read why.")
            address = reverse("admin:sso_attempt_changelist")
            query = f"?provider__id__exact={provider.pk}&outcome__exact=refused"
            yield AttentionItem(
                "wrong" if 2 * refused >= of else "warn",
                gettext("%(provider)s: sign-ins fail") % {"provider": provider},
                told % {"refused": refused, "of": of},
                address + query,
            )


def _certificate(provider: IdentityProvider) -> Iterator[AttentionItem]:
    last = soonest_end(provider)
    if last is None or last.state == "fine":
        return
    over = gettext("The last certificate that it signs with ended %(when)s.")
    ending = gettext("The last certificate that it signs with ends %(when)s.")
    yield _ending(provider, last, gettext("%(provider)s: certificate"), over if last.state == "over" else ending)


def _metadata(provider: IdentityProvider) -> Iterator[AttentionItem]:
    end = metadata_ends_soon(provider)
    if end is None:
        return
    over = gettext("It ended %(when)s (validUntil), so nobody signs in by it.")
    ending = gettext("It ends %(when)s (validUntil), and nobody signs in by it then.")
    yield _ending(provider, end, gettext("%(provider)s: metadata"), over if end.state == "over" else ending)


def _ending(provider: IdentityProvider, end: EndStatus, title: str, said: str) -> AttentionItem:
    return AttentionItem(
        "wrong" if end.state == "over" else "warn",
        title % {"provider": provider},
        f"{said % {'when': from_now(end.ends_at)}} {translated(renewal_of(provider))}",
        _page(provider),
    )


def _clusters(request: HttpRequest) -> Iterator[AttentionItem]:
    clusters = visible(request, Cluster)
    if clusters is None:
        return
    now = timezone.now()
    troubled = Q(at__lt=now - SILENT_AFTER) | Q(failed__gt=0) | ~Q(drift=[])
    reports = SyncReport.objects.filter(troubled, cluster__in=clusters.values("pk"), cluster__enabled=True)
    for report in reports.select_related("cluster__scope").order_by("at")[:MOST_OF_A_KIND]:
        cluster = report.cluster
        if report.at < now - SILENT_AFTER:
            said = gettext("Its agent last reported %(distance)s ago: changes of access do not arrive.") % {
                "distance": timesince(report.at, now, depth=1)
            }
            yield AttentionItem("wrong", gettext("%(cluster)s: silent") % {"cluster": cluster}, said, _page(cluster))
        elif report.failed:
            said = ngettext(
                "%(number)s object of ours could not be written.",
                "%(number)s objects of ours could not be written.",
                report.failed,
            ) % {"number": report.failed}
            yield AttentionItem(
                "wrong", gettext("%(cluster)s: the agent fails") % {"cluster": cluster}, said, _page(cluster)
            )
        else:
            said = ngettext(
                "Others changed %(number)s object of ours, and the agent put it right.",
                "Others changed %(number)s objects of ours, and the agent put them right.",
                len(report.drift),
            ) % {"number": len(report.drift)}
            yield AttentionItem("warn", gettext("%(cluster)s: drift") % {"cluster": cluster}, said, _page(cluster))


def _mails(request: HttpRequest) -> Iterator[AttentionItem]:
    page = admin.site._registry[MailSettings]
    if not page.has_change_permission(request):
        return
    unsent = Mail.objects.filter(created_at__gt=timezone.now() - LATELY).exclude(failure="")
    if last := unsent.exclude(state=MailState.SENT).order_by("-created_at").first():
        url = reverse("admin:accounts_mailsettings_changelist")
        yield AttentionItem(
            "wrong",
            gettext("Mail is not sent"),
            gettext("Of the last 24 hours: %(failure)s") % {"failure": last.failure},
            url,
        )


def _locked(request: HttpRequest) -> Iterator[AttentionItem]:
    users = visible(request, User)
    if users is None:
        return
    for user, until in locked_accounts(users):
        said = gettext("Too many wrong passwords: refused until %(time)s UTC. A new temporary password ends it.") % {
            "time": f"{until:%H:%M}"
        }
        yield AttentionItem("warn", gettext("%(user)s is locked") % {"user": user}, said, _page(user))


def _administrators(request: HttpRequest) -> Iterator[AttentionItem]:
    users = visible(request, User)
    if users is None or not request.user.has_perm("settings.update"):
        return
    for user in users.filter(pk__in=unused_administrators(timezone.now() - UNUSED_AFTER, most=MOST_OF_A_KIND)):
        said = gettext("They may everything, and have not signed in for 90 days. Take the role away, or disable them.")
        yield AttentionItem("warn", gettext("%(user)s: unused administrator") % {"user": user}, said, _page(user))
    without = users.filter(pk__in=administrators_without_second_factor(most=MOST_OF_A_KIND)).order_by("email")
    if emails := ", ".join(without.values_list("email", flat=True)):
        said = gettext(
            "A password alone signs them in: %(emails)s. Ask it of all administrators under Settings, Sign-in."
        ) % {"emails": emails}
        url = reverse("admin:accounts_signinsettings_changelist")
        yield AttentionItem("warn", gettext("Administrators without a second factor"), said, url)
    if len(two_administrators()) == 1:
        said = gettext("If that person cannot sign in, only a shell on the server helps. Appoint a second one.")
        yield AttentionItem(
            "warn", gettext("Only one system administrator"), said, reverse("admin:access_accessrule_add")
        )


def _secrets(request: HttpRequest) -> Iterator[AttentionItem]:
    applications = visible(request, Application)
    if applications is None:
        return
    now = timezone.now()
    for application in applications.filter(previous_secret_ends_at__gt=now)[:MOST_OF_A_KIND]:
        left = timeuntil(application.previous_secret_ends_at, now, depth=1)
        said = gettext("It is good for %(left)s more: bring the new one to every place.") % {"left": left}
        yield AttentionItem(
            "warn",
            gettext("%(application)s: the old secret ends") % {"application": application},
            said,
            _page(application),
        )


def _keys(request: HttpRequest) -> Iterator[AttentionItem]:
    keys = visible(request, SigningKey)
    if keys is None:
        return
    held = {(key.algorithm, key.state): key for key in keys.filter(state__in=(State.ACTIVE, State.NEXT))}
    for (algorithm, state), key in sorted(held.items()):
        following = held.get((algorithm, State.NEXT))
        if state != State.ACTIVE or following is None:
            continue
        at = max((key.activated_at or key.created_at) + settings.SIGNING_KEY_LIFETIME, activates_at(following))
        if at < timezone.now() + ROTATES_WITHIN:
            said = gettext("It happens by itself from %(time)s UTC on, and nothing that is valid is refused.") % {
                "time": f"{at:%Y-%m-%d %H:%M}"
            }
            url = reverse("admin:tokens_signingkey_changelist")
            yield AttentionItem(
                "warn", gettext("The %(algorithm)s key is about to rotate") % {"algorithm": algorithm}, said, url
            )
