import uuid
from datetime import datetime, timedelta

from django.db import models
from django.db.models import DateTimeField, ExpressionWrapper, F, Q, Value
from django.utils import timezone

from accounts.inactivity import LONGEST_PRECISION
from accounts.models.users import User


class Method(models.TextChoices):
    """The method by which a session authenticated; the values are `amr` words, of RFC 8176 where it has one."""

    PASSWORD = "pwd", "password"
    PASSKEY = "pop", "passkey"
    FEDERATED = "fed", "single sign-on"


ACR_ONE, ACR_SEVERAL = "1", "2"


class SessionKind(models.TextChoices):
    BROWSER = "browser", "browser"
    DEVICE = "device", "API or CLI"
    CLUSTER_TOKEN = "token", "cluster token"


def idle(idle_timeout: timedelta) -> Q:
    """Browsers that are over by inactivity: `accounts.inactivity.idle_at` in SQL."""
    latest = ExpressionWrapper(
        Value(timezone.now() - idle_timeout, DateTimeField()) - F("noted_within"), output_field=DateTimeField()
    )
    return Q(kind=SessionKind.BROWSER, last_active_at__lte=latest)


class SessionQuerySet(models.QuerySet["Session"]):
    def live(self) -> "SessionQuerySet":
        """Neither revoked nor past the absolute end. Browsers that are `idle` are over too."""
        return self.filter(revoked_at=None, expires_at__gt=timezone.now())


class Session(models.Model):
    """One signed-in browser or device: its id is the `sid` claim of the tokens that come of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions", db_index=False)
    kind = models.CharField(max_length=10, choices=SessionKind.choices, default=SessionKind.BROWSER)
    method = models.CharField(max_length=20, choices=Method.choices, default=Method.PASSWORD)
    further_amr: "models.JSONField[list[str], list[str]]" = models.JSONField(
        default=list, blank=True, editable=False, help_text="The `amr` words beside that of the method (RFC 8176)."
    )
    strong_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When the person last showed a second factor or a passkey, here or at their provider; none: never.",
    )
    provider_id = models.UUIDField(
        null=True, blank=True, help_text="The identity provider that signed them in; none: signed in here."
    )
    browser_key = models.CharField(
        max_length=40,
        blank=True,
        editable=False,
        help_text="Key of Django's own session row, to end both together.",
    )
    source_ip = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    authenticated_at = models.DateTimeField(default=timezone.now, help_text="When the person last proved who they are.")
    last_active_at = models.DateTimeField(default=timezone.now)
    noted_within = models.DurationField(
        default=LONGEST_PRECISION, editable=False, help_text="For so long after it, activity may have gone on unnoted."
    )
    expires_at = models.DateTimeField(help_text="The absolute end, which no activity can move.")
    not_after = models.DateTimeField(
        null=True, blank=True, help_text="When the identity provider that signed them in said that it ends."
    )
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_because = models.CharField(max_length=60, blank=True)

    objects = SessionQuerySet.as_manager()

    class Meta:
        ordering = ("-last_active_at",)
        constraints = (
            models.CheckConstraint(condition=Q(expires_at__gte=F("created_at")), name="session_ends_after_it_begins"),
        )
        indexes = (
            models.Index(fields=("user", "revoked_at"), name="session_by_user"),
            # Whether somebody signed in from here before is asked at every sign-in.
            models.Index(fields=("user", "source_ip", "created_at"), name="session_by_user_and_place"),
            models.Index(fields=("last_active_at", "id"), name="session_by_activity"),
        )

    def __str__(self) -> str:
        return f"{self.user} ({SessionKind(self.kind).label})"

    @property
    def amr(self) -> list[str]:
        """The methods by which the person authenticated, as tokens tell them."""
        return [self.method, *self.further_amr]

    @property
    def acr(self) -> str:
        """The authentication context class (OpenID Connect Core §2): 2 for several factors, 1 for one."""
        return ACR_SEVERAL if self.strong_at is not None else ACR_ONE

    @property
    def lacks_second_factor(self) -> bool:
        """Return True if a password alone began it, and its user has a second factor now."""
        return self.method == Method.PASSWORD and self.strong_at is None and self.user.second_factor_since is not None

    def waits_for_second_factor(self, now: datetime) -> bool:
        """Return True if its user must add a second factor before anything else, and has shown none here."""
        due = self.user.second_factor_due_at
        return self.method == Method.PASSWORD and self.strong_at is None and due is not None and due <= now

    @property
    def is_over(self) -> bool:
        """Revoked, or past its absolute end. Inactivity comes on top for browsers."""
        return self.revoked_at is not None or self.expires_at <= timezone.now()
