"""What an administrator should look at: each with a sentence and the page where it is put right."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import Count, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince, timeuntil

from access.services.administrators import two_administrators, unused_administrators
from accounts.models import User
from accounts.services.throttle import locked_accounts
from clustersync.models import Cluster
from clustersync.models.rbac import SyncReport
from runai_identity.first_page.visible import visible
from sso.models import Attempt, IdentityProvider
from sso.models.attempts import AttemptOutcome
from sso.services.certificates import WARN_WITHIN_DAYS, soonest_end
from tokens.models import Application, SigningKey
from tokens.models.keys import State
from tokens.services.keys import activates_at

MOST_OF_A_KIND = 10
SILENT_AFTER = timedelta(minutes=15)  # an agent reports every half minute
UNUSED_AFTER = timedelta(days=90)
ROTATES_WITHIN = timedelta(days=3)
LATELY = timedelta(days=1)


@dataclass(frozen=True)
class Item:
    """`kind` is wrong for what fails now, warn for what will."""

    kind: str
    title: str
    sentence: str
    url: str


def attention(request: HttpRequest) -> list[Item]:
    """What fails now comes first."""
    kinds = (_providers, _clusters, _locked, _administrators, _secrets, _keys)
    items = [item for kind in kinds for item in list(kind(request))[:MOST_OF_A_KIND]]
    return sorted(items, key=lambda item: item.kind != "wrong")


def _page(row: IdentityProvider | Cluster | User | Application) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def _providers(request: HttpRequest) -> Iterator[Item]:
    """Certificates that end, metadata that can't be fetched, and sign-ins that fail."""
    providers = visible(request, IdentityProvider)
    if providers is None:
        return
    lately = Attempt.objects.filter(at__gte=timezone.now() - LATELY, is_of_provider=True, is_test=False)
    tries = {row[0]: row[1:] for row in lately.order_by().values_list("provider").annotate(
        refused=Count("pk", filter=Q(outcome=AttemptOutcome.REFUSED)), all=Count("pk")
    )}  # fmt: skip
    for provider in providers.filter(enabled=True)[: 5 * MOST_OF_A_KIND]:
        last = soonest_end(provider)
        if last and last.days_left < WARN_WITHIN_DAYS:
            kind = "wrong" if last.days_left < 0 else "warn"
            said = f"The last certificate that it signs with {'' if last.days_left < 0 else 'ends '}{last.words}."
            yield Item(kind, f"{provider}: certificate", f"{said} Fetch its metadata again.", _page(provider))
        if provider.metadata_problem:
            yield Item(
                "warn", f"{provider}: metadata", "It could not be fetched again; the last counts.", _page(provider)
            )
        refused, of = tries.get(provider.pk, (0, 0))
        if refused:
            said = f"{refused} of {of} sign-ins were refused in the last 24 hours. Read why."
            address = reverse("admin:sso_attempt_changelist")
            query = f"?provider__id__exact={provider.pk}&outcome__exact=refused"
            yield Item("wrong" if 2 * refused >= of else "warn", f"{provider}: sign-ins fail", said, address + query)


def _clusters(request: HttpRequest) -> Iterator[Item]:
    clusters = visible(request, Cluster)
    if clusters is None:
        return
    now = timezone.now()
    troubled = Q(at__lt=now - SILENT_AFTER) | Q(failed__gt=0) | ~Q(drift=[])
    reports = SyncReport.objects.filter(troubled, cluster__in=clusters.values("pk"), cluster__enabled=True)
    for report in reports.select_related("cluster__scope").order_by("at")[:MOST_OF_A_KIND]:
        cluster = report.cluster
        if report.at < now - SILENT_AFTER:
            said = f"Its agent last reported {timesince(report.at, now, depth=1)} ago: changes of access do not arrive."
            yield Item("wrong", f"{cluster}: silent", said, _page(cluster))
        elif report.failed:
            said = f"{report.failed} objects of ours could not be written."
            yield Item("wrong", f"{cluster}: the agent fails", said, _page(cluster))
        else:
            said = f"Others changed {len(report.drift)} objects of ours, and the agent put them right."
            yield Item("warn", f"{cluster}: drift", said, _page(cluster))


def _locked(request: HttpRequest) -> Iterator[Item]:
    users = visible(request, User)
    if users is None:
        return
    for user, until in locked_accounts(users):
        said = f"Too many wrong passwords: refused until {until:%H:%M} UTC. A new temporary password ends it."
        yield Item("warn", f"{user} is locked", said, _page(user))


def _administrators(request: HttpRequest) -> Iterator[Item]:
    users = visible(request, User)
    if users is None or not request.user.has_perm("settings.update"):
        return
    for user in users.filter(pk__in=unused_administrators(timezone.now() - UNUSED_AFTER, most=MOST_OF_A_KIND)):
        said = "They may everything, and have not signed in for 90 days. Take the role away, or disable them."
        yield Item("warn", f"{user}: unused administrator", said, _page(user))
    if len(two_administrators()) == 1:
        said = "If that person cannot sign in, only a shell on the server helps. Appoint a second one."
        yield Item("warn", "Only one system administrator", said, reverse("admin:access_accessrule_add"))


def _secrets(request: HttpRequest) -> Iterator[Item]:
    applications = visible(request, Application)
    if applications is None:
        return
    now = timezone.now()
    for application in applications.filter(previous_secret_ends_at__gt=now)[:MOST_OF_A_KIND]:
        left = timeuntil(application.previous_secret_ends_at, now, depth=1)
        said = f"It is good for {left} more: bring the new one to every place."
        yield Item("warn", f"{application}: the old secret ends", said, _page(application))


def _keys(request: HttpRequest) -> Iterator[Item]:
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
            said = f"It happens by itself from {at:%Y-%m-%d %H:%M} UTC on, and nothing that is valid is refused."
            url = reverse("admin:tokens_signingkey_changelist")
            yield Item("warn", f"The {algorithm} key is about to rotate", said, url)
