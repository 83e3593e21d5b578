import uuid

from django.db import models

from accounts.models import Session, User
from common.lookup import LookUp
from tokens.models.applications import Application


class Grant(models.Model):
    """The access that one client received at one sign-in; its id is the `grant_id` of the tokens that come of it.

    Where the client may refresh there is always one current refresh token, known by its hash.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="grants")
    started_from = models.ForeignKey(
        Session,
        on_delete=models.SET_NULL,
        null=True,
        related_name="started_grants",
        help_text="The browser session that approved it, when it has a session of its own.",
    )
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="grants")
    scope = models.CharField(max_length=200, blank=True)
    audience = models.CharField(max_length=200, blank=True, help_text="Of the access tokens; blank: as none was asked.")
    grant_type = models.CharField(
        max_length=50, blank=True, help_text="By which it began; blank: by a password, by its person, or not known."
    )
    authenticated_at = models.DateTimeField(help_text="The `auth_time` of its ID tokens.")
    current_hash = models.CharField(max_length=64, blank=True)
    previous_hash = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    rotated_at = models.DateTimeField()
    idle_ends_at = models.DateTimeField(db_index=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.application} in {self.session}"

    def is_for(self, audience: str) -> bool:
        """Return True if its person agreed to tokens for this audience (RFC 8707 §2.2).

        A client of ours that asked for none got the API and all clusters; somebody else's always has its own tokens.
        """
        if self.application.first_party:
            return self.audience in ("", audience)
        return audience in (self.application.client_id, self.audience)


with_grant_id = LookUp(Grant, "session", "session__user", "application")


class Consent(models.Model):
    """A user's consent: the scopes and audiences that an application gets until the user withdraws it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="consents")
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="consents")
    scopes = models.JSONField(default=list)
    audiences = models.JSONField(default=list)
    redirect_uris = models.JSONField("redirect URIs", default=list, help_text="Where it could send people then.")
    proofs = models.JSONField(default=list, editable=False, help_text="Fingerprints of its secret or keys then.")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "application"), name="one_consent_each"),)
        indexes = (
            models.Index(fields=("created_at", "id"), name="consent_by_creation"),
            models.Index(fields=("updated_at", "id"), name="consent_by_update"),
        )

    def __str__(self) -> str:
        return f"{self.user} lets {self.application} in"
