"""Write the texts of mails. A text is made when its mail is sent, so that no link is stored."""

from datetime import datetime
from email.utils import formataddr
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext

from accounts.models import GeneralSettings, Mail, MailKind
from accounts.services.password_links import link_for_invitation, link_for_recovery


class MailText(NamedTuple):
    subject: str
    body: str


def compose(mail: Mail) -> MailText | None:
    """Make the text of a mail; None for one that nobody is to get."""
    link = None
    if mail.kind == MailKind.RECOVERY:
        link = link_for_recovery(mail)
    elif mail.kind == MailKind.INVITATION:
        link = link_for_invitation(mail)
    if link is None and mail.kind in (MailKind.RECOVERY, MailKind.INVITATION):
        return None
    at = datetime.fromisoformat(mail.facts["at"]) if "at" in mail.facts else timezone.now()
    context = {
        **mail.facts,
        "at": f"{at:%Y-%m-%d %H:%M} UTC",
        "link": link,
        "email": mail.user.email if mail.user else mail.to,
        "account": settings.PUBLIC_URL + reverse("account"),
        "administration": settings.PUBLIC_URL + reverse("admin:index"),
    }
    with translation.override(language_of(mail)):
        return _rendered(f"accounts/mail/{mail.kind}.txt", context)


def language_of(mail: Mail) -> str:
    """Return the language that the person chose, or that of the page that caused the mail."""
    chosen = mail.user.language if mail.user else ""
    return chosen or str(mail.facts.get("language") or settings.LANGUAGE_CODE)


def trial_text() -> MailText:
    """Make the text of a test mail, in the language of the page."""
    return MailText(gettext("Test of the mail server"), gettext("This mail arrived, so mail works.") + "\n" + _footer())


def message(general: GeneralSettings, to: str, text: MailText, *, id_: str = "") -> EmailMessage:
    """Put a text into a mail of ours. With `id_` two deliveries of one mail have the same Message-ID."""
    headers = {"Auto-Submitted": "auto-generated"}  # RFC 3834 §5: holiday notices stay away
    if id_:
        headers["Message-ID"] = f"<{id_}@{urlsplit(settings.PUBLIC_URL).hostname}>"
    return EmailMessage(
        subject=f"[{general.organisation}] {text.subject}",
        body=text.body,
        from_email=formataddr((general.organisation, general.mail_from)),
        to=[to],
        headers=headers,
    )


def _rendered(template: str, context: dict[str, object]) -> MailText:
    """Render a template, whose first line is the subject."""
    subject, _, body = render_to_string(template, context).lstrip().partition("\n")
    return MailText(" ".join(subject.split()), f"{body.strip()}\n{_footer()}")


def _footer() -> str:
    organisation, last = GeneralSettings.current().organisation, gettext("Nobody reads answers to this mail.")
    return f"\n-- \n{organisation}: {settings.PUBLIC_URL}\n{last}\n"
