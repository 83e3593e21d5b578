from datetime import timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from common.lookup import LookUp

IDLE_WHEN_BLANK = timedelta(hours=24)


class GeneralSettings(models.Model):
    """Settings | General: one row, read afresh for every request, so that what is typed takes effect at once."""

    ONLY_ID = 1

    idle_timeout_minutes = models.PositiveIntegerField(
        "inactivity timeout (minutes)",
        null=True,
        blank=True,
        default=60,
        validators=[MinValueValidator(1), MaxValueValidator(525_600)],
        help_text="A browser session ends after this many minutes without activity. Blank: 24 hours.",
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
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "general settings"
        verbose_name_plural = "general settings"
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

    @classmethod
    def current(cls) -> "GeneralSettings":
        return _only_row(cls.ONLY_ID) or cls(pk=cls.ONLY_ID)


_only_row = LookUp(GeneralSettings.objects.all, by="pk", like=GeneralSettings.ONLY_ID)
