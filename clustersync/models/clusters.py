from datetime import timedelta

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from access.models import Scope
from clustersync.models.validators import PREFIX, check_api_url, check_certificates, check_group_names, check_networks
from common.lookup import LookUp
from tokens.ports.audiences import ClusterAudience


class UsernameClaim(models.TextChoices):
    PREFERRED_USERNAME = (
        "preferred_username",
        "preferred_username (the e-mail; service-account-… for applications)",
    )
    SUB = "sub", "sub (the unchangeable id)"


class Mode(models.TextChoices):
    WEBHOOK = "webhook", "It asks us (webhook)"
    OIDC = "oidc", "It verifies by itself (OIDC)"
    BOTH = "both", "Both: by itself first, then it asks us"


class RBACNames(models.TextChoices):
    ROLES = "roles", "runai-<role>, a cluster role for each role in use"
    G1 = "g1", "runai-job-viewer and runai-job-executor, as the platform had them until 2.13"


class Cluster(models.Model):
    """A Kubernetes cluster whose API server verifies our tokens. Its scope is its place in the tree, and its id."""

    scope = models.OneToOneField(Scope, primary_key=True, on_delete=models.CASCADE, related_name="cluster")
    slug = models.SlugField(max_length=57, unique=True, editable=False)
    audience = models.CharField(
        max_length=100,
        unique=True,
        editable=False,
        help_text="The aud this cluster accepts; never given to another.",
    )
    api_url = models.CharField(
        "API server",
        max_length=300,
        blank=True,
        validators=[check_api_url],
        help_text="The address by which people reach its kube-apiserver: https://gpu-1.example.com:6443.",
    )
    api_ca = models.TextField(
        "CA of the API server",
        max_length=20_000,
        blank=True,
        validators=[check_certificates],
        help_text="PEM certificates that people's kubectl trusts for that address. Empty: those of their machine.",
    )
    mode = models.CharField(
        "tokens are verified",
        max_length=10,
        choices=Mode.choices,
        default=Mode.WEBHOOK,
        help_text="Asking us, it learns within seconds that access was withdrawn; by itself, when the token ends.",
    )
    webhook_cache_seconds = models.PositiveSmallIntegerField(
        "webhook cache, in seconds",
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(600)],
        help_text="How long the API server keeps our answer; by itself it takes 120.",
    )
    token_seconds = models.PositiveSmallIntegerField(
        "tokens live, in seconds",
        null=True,
        blank=True,
        validators=[MinValueValidator(60), MaxValueValidator(3600)],
        help_text="Empty: as long as the server says (CLUSTER_TOKEN_SECONDS).",
    )
    legacy_flags = models.BooleanField(
        "the platform's existing flags",
        default=False,
        help_text="--oidc-client-id=runai with --oidc-username-prefix=-: the shared audience, people by their id"
        " without a prefix, no groups. For clusters configured long ago. Its API server takes tokens for every cluster"
        " that has these flags, and its users are told so. Takes a System administrator of the account.",
    )
    rbac_names = models.CharField(
        "names of cluster roles", max_length=10, choices=RBACNames.choices, default=RBACNames.ROLES
    )
    extra_groups = models.JSONField(
        default=list,
        blank=True,
        validators=[check_group_names],
        help_text="Groups that this cluster is told of though no access rule names them, for role bindings of its own.",
    )
    api_addresses = models.JSONField(
        "addresses of its API servers",
        default=list,
        blank=True,
        validators=[check_networks],
        help_text="Networks such as 10.0.0.0/24; whoever fetches our keys from there is this cluster.",
    )
    accepts_shared_audience = models.BooleanField(
        default=False,
        help_text="Also accept the audience that clusters with the platform's flags share, for command lines that send"
        " an ID token. Its tokens are good in all of those. Takes a System administrator of the account.",
    )
    shared_since = models.DateTimeField(
        null=True, editable=False, help_text="Since when its API server looks for an audience that others have too."
    )
    username_claim = models.CharField(
        max_length=30, choices=UsernameClaim.choices, default=UsernameClaim.PREFERRED_USERNAME
    )
    username_prefix = models.CharField(max_length=60, default="runai:", validators=[PREFIX])
    groups_prefix = models.CharField(max_length=60, default="runai:", validators=[PREFIX])
    enabled = models.BooleanField(default=True, help_text="No token is accepted for a disabled cluster.")
    created_by = models.CharField(max_length=254, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("slug",)

    def __str__(self) -> str:
        return self.scope.name

    @property
    def uuid(self) -> str:
        return self.scope_id

    @property
    def tokens_live(self) -> timedelta:
        longest: timedelta = settings.CLUSTER_TOKEN_LIFETIME
        return timedelta(seconds=self.token_seconds) if self.token_seconds else longest

    @property
    def shares_audience(self) -> bool:
        """Return whether its API server looks for the audience that several clusters have."""
        return self.legacy_flags or self.accepts_shared_audience

    @property
    def verifies_by_itself(self) -> bool:
        """Return whether a token may be accepted there without our being asked."""
        return self.mode != Mode.WEBHOOK

    @property
    def has_older_role_names(self) -> bool:
        return self.rbac_names == RBACNames.G1

    def as_audience(self) -> ClusterAudience:
        """Return what the gate and the making of tokens go by."""
        return ClusterAudience(
            self.audience,
            self.scope,
            self.enabled,
            lifetime=self.tokens_live,
            extra_groups=frozenset(self.extra_groups),
            shared=self.shares_audience,
        )


with_uuid = LookUp(Cluster, "scope")
with_audience = LookUp(Cluster, "scope", by="audience")
