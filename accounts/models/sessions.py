import uuid
from datetime import timedelta

from django.db import models
from django.db.models import DateTimeField, ExpressionWrapper, F, Q, Value
from django.utils import timezone

from accounts.inactivity import LONGEST_PRECISION
from accounts.models.users import User
from common.lookup import LookUp


class Method(models.TextChoices):
    """How a session authenticated; the values are `amr` words, of RFC 8176 where it has one."""

    PASSWORD = "pwd", "password"
    FEDERATED = "fed", "single sign-on"


class Kind(models.TextChoices):
    BROWSER = "browser", "browser"
    DEVICE = "device", "API or CLI"
    CLUSTER_TOKEN = "token", "cluster token"


def idle(idle_timeout: timedelta) -> Q:
    """Browsers that are over by inactivity: `accounts.inactivity.idle_at` in SQL."""
    latest = ExpressionWrapper(
        Value(timezone.now() - idle_timeout, DateTimeField()) - F("noted_within"), output_field=DateTimeField()
    )
    return Q(kind=Kind.BROWSER, last_active_at__lte=latest)


class SessionQuerySet(models.QuerySet["Session"]):
    def live(self) -> "SessionQuerySet":
        """Neither revoked nor past the absolute end. Browsers that are `idle` are over too."""
        return self.filter(revoked_at=None, expires_at__gt=timezone.now())


class Session(models.Model):
    """One signed-in browser or device: its id is the `sid` claim of the tokens that come of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.BROWSER)
    method = models.CharField(max_length=20, choices=Method.choices, default=Method.PASSWORD)
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
        )

    def __str__(self) -> str:
        return f"{self.user} ({self.get_kind_display()})"

    @property
    def is_over(self) -> bool:
        """Revoked, or past its absolute end. Inactivity comes on top for browsers."""
        return self.revoked_at is not None or self.expires_at <= timezone.now()


with_session_id = LookUp(lambda: Session.objects.select_related("user"), by="pk", like=uuid.UUID(int=0))
