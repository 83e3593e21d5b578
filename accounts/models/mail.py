import ipaddress
import re
import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from accounts.models.users import User
from accounts.names import LONGEST_EMAIL
from common.wording import Wording


class MailSecurity(models.TextChoices):
    STARTTLS = "starttls", "STARTTLS (port 587)"
    TLS = "tls", "TLS from the beginning (port 465)"
    NONE = "none", "none (port 25)"


USUAL_PORTS: dict[str, int] = {MailSecurity.STARTTLS: 587, MailSecurity.TLS: 465, MailSecurity.NONE: 25}


_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?")


def validate_mail_host(value: str) -> None:
    """Refuse what is neither a host's name in ASCII nor an IP address."""
    try:
        ipaddress.ip_address(value)
    except ValueError:
        if not _HOST.fullmatch(value):
            raise ValidationError("Type a host name such as smtp.example.com, without a port.") from None


class MailFields(models.Model):
    """The fields of Settings | Mail, in the one row of settings."""

    mail_host = models.CharField(
        "SMTP server",
        max_length=253,
        blank=True,
        validators=[validate_mail_host],
        help_text="Its name or address. Blank: no mail is sent, and links stand on pages to copy from.",
    )
    mail_port = models.PositiveIntegerField(
        "port", default=587, validators=[MinValueValidator(1), MaxValueValidator(65_535)]
    )
    mail_security = models.CharField(
        "encryption",
        max_length=10,
        choices=MailSecurity.choices,
        default=MailSecurity.STARTTLS,
        help_text="The server's certificate is checked, also by the CA of OUTBOUND_CA_FILE. None is for servers in"
        " OUTBOUND_PRIVATE_NETWORKS alone.",
    )
    mail_username = models.CharField("user name", max_length=254, blank=True, help_text="Blank: the server asks none.")
    mail_password_encrypted = models.BinaryField(default=b"", blank=True, editable=False)
    mail_from = models.EmailField(
        "from", max_length=LONGEST_EMAIL, blank=True, help_text="The address that sends, which the server must accept."
    )
    mail_recovery = models.BooleanField(
        "people may recover their password by mail",
        default=True,
        help_text="The sign-in page has a link for who forgot it. A second factor is still asked.",
    )
    mail_notices = models.BooleanField(
        "tell people of changes to their account",
        default=True,
        help_text="A new password, e-mail address or second factor, and access that was cut.",
    )
    mail_new_places = models.BooleanField(
        "tell people of sign-ins from a new address",
        default=True,
        help_text="From where they have not signed in for 90 days; at most three mails a day to each.",
    )
    mail_attention = models.CharField(
        "send what needs attention to",
        max_length=1000,
        blank=True,
        help_text="E-mail addresses, separated by commas: what the home page of the administration lists, when"
        " something is new there, and once a day at most. Blank: to nobody.",
    )

    class Meta:
        abstract = True

    @property
    def sends_mail(self) -> bool:
        return bool(self.mail_host)

    @property
    def attention_addresses(self) -> list[str]:
        return [address.strip() for address in self.mail_attention.split(",") if address.strip()]


class MailKind(models.TextChoices):
    INVITATION = "invitation", "invitation"
    RECOVERY = "recovery", "password recovery"
    PASSWORD_CHANGED = "password-changed", "password changed"
    PASSWORD_RESET = "password-reset", "password reset by an administrator"
    FACTOR_ADDED = "factor-added", "second factor added"
    FACTOR_REMOVED = "factor-removed", "second factor removed"
    FACTORS_RESET = "factors-reset", "second factors reset by an administrator"
    EMAIL_CHANGED = "email-changed", "e-mail address changed"
    ACCESS_CUT = "access-cut", "access cut"
    NEW_PLACE = "new-place", "sign-in from a new address"
    ATTENTION = "attention", "what needs attention"


class MailState(models.TextChoices):
    WAITING = "waiting", "waiting"
    SENT = "sent", "sent"
    FAILED = "failed", "failed"


class Mail(models.Model):
    """A mail that waits to be sent, was sent or failed. Its text is made when it is sent, and is not kept.

    `to` of a request to recover a password is what a stranger typed: who is meant is found when it is worked off.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=20, choices=MailKind.choices)
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="mails")
    to = models.CharField(max_length=LONGEST_EMAIL)
    facts: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=MailState.choices, default=MailState.WAITING)
    failure = models.CharField(max_length=300, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-created_at",)
        indexes = (models.Index(fields=("-created_at",), name="mail_by_time"),)

    def __str__(self) -> str:
        return Wording("{mail} to {address}", mail=Wording(str(MailKind(self.kind).label)), address=self.to)


class LinkPurpose(models.TextChoices):
    INVITATION = "invitation", "invitation"
    RECOVERY = "recovery", "recovery"


class PasswordLink(models.Model):
    """The right to choose a password once, without the present one, by whoever has the link.

    The digest covers the password and the address that the user had: with either of them changed the link is dead.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="password_links")
    purpose = models.CharField(max_length=12, choices=LinkPurpose.choices)
    digest = models.CharField(max_length=64)
    made_by = models.CharField(
        max_length=60,
        blank=True,
        default="",
        db_default="",  # a server of the version before knows nothing of it
        help_text="Who was shown the link to hand it over; blank: it was mailed.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return Wording(
            "{purpose} link of {user}", purpose=Wording(str(LinkPurpose(self.purpose).label)), user=self.user
        )
