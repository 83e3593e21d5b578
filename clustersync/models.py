import re

from django.core.validators import RegexValidator
from django.db import models

from access.models import Scope
from common.lookup import LookUp

PREFIX = RegexValidator(
    # A lone - means "no prefix" to kube-apiserver, and s before a group named ystem:masters makes its administrators:
    # so a prefix begins with a letter or digit, and a mark ends it.
    re.compile(r"\A(?!system:)[A-Za-z0-9][A-Za-z0-9._:/@-]{0,58}[._:/@-]\Z"),
    "A prefix has 2 to 60 letters, digits and . _ : / @ - and begins with a letter or digit, ends with one of the"
    " marks (runai:), and does not begin with system:, which Kubernetes keeps.",
)


class UsernameClaim(models.TextChoices):
    PREFERRED_USERNAME = (
        "preferred_username",
        "preferred_username (the e-mail; service-account-… for applications)",
    )
    SUB = "sub", "sub (the unchangeable id)"


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
    accepts_shared_audience = models.BooleanField(
        default=False,
        help_text="Also accept the audience that all clusters share. A token for one such cluster serves all.",
    )
    username_claim = models.CharField(
        max_length=30, choices=UsernameClaim.choices, default=UsernameClaim.PREFERRED_USERNAME
    )
    username_prefix = models.CharField(max_length=60, default="runai:", validators=[PREFIX])
    groups_prefix = models.CharField(max_length=60, default="runai:", validators=[PREFIX])
    enabled = models.BooleanField(default=True, help_text="No token is accepted for a disabled cluster.")
    webhook_token_hash = models.CharField(max_length=64, editable=False)
    webhook_token_rotated_at = models.DateTimeField(editable=False)
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


with_uuid = LookUp(lambda: Cluster.objects.select_related("scope"), by="pk", like="")
with_audience = LookUp(lambda: Cluster.objects.select_related("scope"), by="audience", like="")
