"""The mail that tells administrators what the home page of the administration lists, when something is new there."""

from dataclasses import asdict
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone, translation

from access.services.administrators import two_administrators
from accounts.models import GeneralSettings, Mail, MailKind, User
from accounts.services.mail import queue_mail
from runai_identity.first_page.attention import AttentionItem, attention

NOT_BEFORE = timedelta(days=1)
MOST_LISTED = 30


def mail_what_needs_attention() -> int:
    """Write the mail down for each address that is set; return how many."""
    general = GeneralSettings.current()
    if not (general.sends_mail and general.attention_addresses):
        return 0
    last = Mail.objects.filter(kind=MailKind.ATTENTION).order_by("-created_at").first()
    if last is not None and last.created_at > timezone.now() - NOT_BEFORE:
        return 0
    administrator = User.objects.filter(pk__in=two_administrators()).order_by("email").first()
    language = (administrator.language if administrator else "") or settings.LANGUAGE_CODE
    with translation.override(language):
        return _mail(general, last, _listed_for(administrator) if administrator else [])


def _mail(general: GeneralSettings, last: Mail | None, items: list[AttentionItem]) -> int:
    # What was to fail and fails now is new as well.
    told = {(one["kind"], one["title"]) for one in last.facts.get("items", ())} if last else set()
    if not {(item.kind, item.title) for item in items} - told:
        return 0
    listed = [{**asdict(item), "url": settings.PUBLIC_URL + item.url} for item in items]
    return sum(queue_mail(MailKind.ATTENTION, to=address, items=listed) for address in general.attention_addresses)


def _listed_for(administrator: User) -> list[AttentionItem]:
    """Return the list that the home page shows to this system administrator."""
    request = HttpRequest()
    request.user = administrator
    return attention(request)[:MOST_LISTED]
