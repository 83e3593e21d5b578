import re
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from access.catalog import ROLES, Role
from access.decisions import ScopeRef
from accounts.models import Membership
from common.actors import Principal
from common.lookup import Listing


class ScopeType(models.TextChoices):
    SYSTEM = "system", "System"
    TENANT = "tenant", "Account"
    CLUSTER = "cluster", "Cluster"
    DEPARTMENT = "department", "Department"
    PROJECT = "project", "Project"


ROOT_ID = "0"
TENANT_ID = str(settings.TENANT_ID)
TENANT_PATH = (ROOT_ID, TENANT_ID)

PARENT_TYPE = {
    ScopeType.TENANT: ScopeType.SYSTEM,
    ScopeType.CLUSTER: ScopeType.TENANT,
    ScopeType.DEPARTMENT: ScopeType.CLUSTER,
    ScopeType.PROJECT: ScopeType.DEPARTMENT,
}

NAME = RegexValidator(
    re.compile(r"\A[a-z0-9]([-a-z0-9]{0,55}[a-z0-9])?\Z"),
    # The namespace of a project is runai-<name>, and a Kubernetes namespace is a DNS label of at most 63 characters.
    "A name has 1 to 57 lower-case letters, digits and hyphens, and begins and ends with a letter or digit.",
)


class ScopeQuerySet(models.QuerySet["Scope"]):
    def below(self, scope: "Scope") -> "ScopeQuerySet":
        """Everything under `scope`, itself excluded."""
        return self.filter(path__startswith=f"{scope.path}/")

    def reaching(self, scope: "Scope") -> "ScopeQuerySet":
        """Where a rule touches `scope`: its ancestors, itself and everything below it."""
        return self.filter(Q(pk__in=scope.path.split("/")) | Q(path__startswith=f"{scope.path}/"))


class Scope(models.Model):
    """A node of the tree system → tenant → cluster → department → project."""

    id = models.CharField(primary_key=True, max_length=36, editable=False)
    type = models.CharField(max_length=10, choices=ScopeType.choices)
    name = models.CharField(max_length=57)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    path = models.CharField(
        max_length=200,
        unique=True,
        editable=False,
        help_text="Ids from the root to this node, joined by slashes.",
    )
    created_by = models.CharField(max_length=254, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ScopeQuerySet.as_manager()

    class Meta:
        ordering = ("path",)
        constraints = (
            models.UniqueConstraint(
                "parent",
                Lower("name"),
                name="scope_name_unique",
                violation_error_message="This name is taken here.",
            ),
            models.CheckConstraint(condition=Q(type="system") | Q(parent__isnull=False), name="scope_has_a_parent"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def ref(self) -> ScopeRef:
        return ScopeRef(self.pk, self.type, self.name, tuple(self.path.split("/")))

    @property
    def full_name(self) -> str:
        """The names from the tenant down, as people write them: runai/prod/vision/faces."""
        if self.parent_id in (None, ROOT_ID) or self.parent is None:
            return self.name
        return f"{self.parent.full_name}/{self.name}"

    @property
    def cluster_id(self) -> str | None:
        """The cluster this node is or belongs to."""
        ids = self.path.split("/")
        return ids[2] if len(ids) > 2 else None

    @property
    def namespace(self) -> str:
        """The Kubernetes namespace of a project."""
        return f"runai-{self.name}"


class Department(Scope):
    """A scope of that type, for the page that makes them."""

    class Meta:
        proxy = True


class Project(Scope):
    """A scope of that type, for the page that makes them."""

    class Meta:
        proxy = True


class SubjectType(models.TextChoices):
    USER = "user", "User"
    GROUP = "group", "Group"
    APP = "app", "Application"


class AccessRuleQuerySet(models.QuerySet["AccessRule"]):
    def live(self) -> "AccessRuleQuerySet":
        return self.filter(deleted_at=None)

    def naming(self, subjects: frozenset[tuple[str, str]]) -> "AccessRuleQuerySet":
        """Live rules of any of these (subject type, subject id) pairs."""
        wanted = Q(pk__in=())
        for kind in SubjectType.values:
            wanted |= Q(subject_type=kind, subject_id__in=[name for type_, name in subjects if type_ == kind])
        return self.live().filter(wanted)


class AccessRule(models.Model):
    """*Subject* has *role* in *scope*. Immutable: deleted and created, never edited."""

    subject_type = models.CharField(max_length=10, choices=SubjectType.choices)
    subject_id = models.CharField(
        max_length=254,
        help_text="A user's e-mail (who need not exist yet), a group's name, or an application's client id.",
    )
    role_id = models.PositiveIntegerField()
    scope = models.ForeignKey(Scope, on_delete=models.CASCADE, related_name="rules")
    created_by = models.CharField(max_length=254, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = AccessRuleQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("subject_type", "subject_id", "role_id", "scope"),
                condition=Q(deleted_at=None),
                name="access_rule_unique",
                violation_error_message="This subject already has this role here.",
            ),
            models.CheckConstraint(condition=Q(role_id__in=sorted(ROLES)), name="access_rule_role_exists"),
        )
        indexes = (models.Index(fields=("subject_type", "subject_id"), name="access_rule_by_subject"),)

    def __str__(self) -> str:
        return f"{self.subject_id} is {self.role.name} in {self.scope}"

    @property
    def role(self) -> Role:
        return ROLES[self.role_id]


@dataclass(frozen=True)
class Reach:
    """The question by which (subject type, subject id) pairs live rules give somebody something around a scope.

    It takes one query: the groups are looked up in it, and an application is in none.
    """

    principal: Principal
    scope: Scope

    def rows(self) -> "models.QuerySet[AccessRule, tuple[str, str]]":
        kind, name = self.principal.rule_subject
        groups = Membership.objects.filter(user=self.principal.pk).values("group__name")
        around = AccessRule.objects.live().filter(scope__in=Scope.objects.reaching(self.scope)).order_by()
        pairs = around.values_list("subject_type", "subject_id")
        return pairs.filter(subject_type=kind, subject_id=name).union(
            pairs.filter(subject_type=SubjectType.GROUP, subject_id__in=groups)
        )

    def parameters(self) -> list[list[str | UUID]]:
        kind, name = self.principal.rule_subject
        around: list[str | UUID] = [*self.scope.path.split("/"), f"{self.scope.path}/%"]
        return [around, [name, kind], around, [self.principal.pk, SubjectType.GROUP.value]]


reaching = Listing(Reach.rows, parameters=Reach.parameters)
