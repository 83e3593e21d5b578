from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.branding import BrandingFields
from accounts.models.mail import MailFields
from common.lookup import LookUp
from common.visible import is_visible, shows

IDLE_WHEN_BLANK = timedelta(hours=24)


def validate_help_contact(value: str) -> None:
    """Refuse control characters, those that turn the text around them, and texts that show nothing."""
    if value and not (is_visible(value) and shows(value)):
        raise ValidationError(_("The text has a character that can't be seen. Type it again instead of pasting it."))


class GeneralSettings(MailFields, BrandingFields):
    """Settings | General: one row, read afresh for every request, so that what is typed takes effect at once."""

    ONLY_ID = 1

    idle_timeout_minutes = models.PositiveIntegerField(
        "inactivity timeout (minutes)",
        null=True,
        blank=True,
        default=60,
        validators=[MinValueValidator(1), MaxValueValidator(525_600)],
        help_text="A browser session ends after this many minutes without activity, also those that are open now."
        " Blank: 24 hours.",
    )
    session_hours = models.PositiveIntegerField(
        "longest session (hours)",
        default=12,
        validators=[MinValueValidator(1), MaxValueValidator(8_760)],
        help_text="A browser session ends this long after sign-in, however active it is. Counts for new sign-ins.",
    )
    logout_redirect_uri = models.CharField(
        "after sign-out go to",
        max_length=2000,
        blank=True,
        help_text="An http(s) address; blank: the sign-in page.",
    )
    auto_redirect_alias = models.CharField(
        "sign in through",
        max_length=60,
        blank=True,
        help_text="The alias of an identity provider that people are sent to at once. /login?local still shows the"
        " sign-in page.",
    )
    second_factor_of_administrators = models.BooleanField(
        "administrators must have a second factor",
        default=False,
        help_text="Everybody with a password here to whom the administration opens.",
    )
    second_factor_of_roles: "models.JSONField[list[str], list[str]]" = models.JSONField(
        "roles whose people must have a second factor",
        default=list,
        blank=True,
        help_text="Everybody with a password here who has one of these roles anywhere.",
    )
    second_factor_grace_days = models.PositiveIntegerField(
        "days of grace",
        default=14,
        validators=[MinValueValidator(0), MaxValueValidator(90)],
        help_text="So long after they first sign in without one, people who must add a second factor may put it off."
        " After that nothing else opens to them.",
    )
    step_up_minutes = models.PositiveIntegerField(
        "ask again after (minutes)",
        default=15,
        validators=[MinValueValidator(1), MaxValueValidator(720)],
        help_text="Whoever signed in longer ago shows again that it is they, before they change second factors, secrets"
        " or keys, appoint administrators, or cut access.",
    )
    help_contact = models.CharField(
        "who can help",
        max_length=300,
        blank=True,
        default="",
        db_default="",  # a server of the version before knows nothing of it
        validators=[validate_help_contact],
        help_text="Whom people turn to who are refused or have no role yet, such as gpu-help@example.com. It stands on"
        " the account page and on pages that refuse; addresses become links. Blank: what HELP_CONTACT says.",
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "general settings"
        verbose_name_plural = "general"
        constraints = (models.CheckConstraint(condition=models.Q(pk=1), name="one_row_of_general_settings"),)

    def __str__(self) -> str:
        return "Settings | General"

    @property
    def idle_timeout(self) -> timedelta:
        if self.idle_timeout_minutes is None:
            return IDLE_WHEN_BLANK
        return timedelta(minutes=self.idle_timeout_minutes)

    @property
    def longest_session(self) -> timedelta:
        return timedelta(hours=self.session_hours)

    @property
    def asks_second_factors(self) -> bool:
        return self.second_factor_of_administrators or bool(self.second_factor_of_roles)

    @property
    def second_factor_grace(self) -> timedelta:
        return timedelta(days=self.second_factor_grace_days)

    @property
    def step_up_within(self) -> timedelta:
        return timedelta(minutes=self.step_up_minutes)

    @property
    def organisation(self) -> str:
        """Return the name of the organisation where people read it beside a name of their own: in mails and apps."""
        return self.brand_name or settings.TENANT_NAME

    @property
    def helpers(self) -> str:
        """Return whom people turn to who are refused: what was typed, or what the environment says."""
        return self.help_contact or settings.HELP_CONTACT

    @classmethod
    def current(cls) -> "GeneralSettings":
        return _only_row(cls.ONLY_ID) or cls(pk=cls.ONLY_ID)


class SignInSettings(GeneralSettings):
    """The same row, for the page about how people sign in."""

    class Meta:
        proxy = True
        verbose_name = "settings of signing in"
        verbose_name_plural = "sign-in"

    def __str__(self) -> str:
        return "Settings | Sign-in"


class TokenSettings(GeneralSettings):
    """The same row, for the page about tokens, which only shows what the environment says."""

    class Meta:
        proxy = True
        verbose_name = "settings of tokens"
        verbose_name_plural = "tokens"

    def __str__(self) -> str:
        return "Settings | Tokens"


class MailSettings(GeneralSettings):
    """The same row, for the page about mail."""

    class Meta:
        proxy = True
        verbose_name = "settings of mail"
        verbose_name_plural = "mail"

    def __str__(self) -> str:
        return "Settings | Mail"


class BrandingSettings(GeneralSettings):
    """The same row, for the page about how pages look."""

    class Meta:
        proxy = True
        verbose_name = "settings of branding"
        verbose_name_plural = "branding"

    def __str__(self) -> str:
        return "Settings | Branding"


_only_row = LookUp(GeneralSettings)
