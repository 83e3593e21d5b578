from collections.abc import Iterable
from functools import reduce
from operator import or_

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Case, OuterRef, Q, Subquery, When
from django.db.models.functions import Lower
from django.utils import timezone

from access.assertions import Standing
from access.catalog import SYSTEM_ADMINISTRATOR, Role, role_with_id
from access.decisions import ScopeRef
from access.leading import leading
from access.namespaces import PROJECT_NAME, namespace_of
from accounts.models import User
from common.wording import Wording


class ScopeType(models.TextChoices):
    SYSTEM = "system", "System"
    TENANT = "tenant", "Account"
    CLUSTER = "cluster", "Cluster"
    DEPARTMENT = "department", "Department"
    PROJECT = "project", "Project"


ROOT_ID = "0"
ROOT_NAME = "system"
TENANT_ID = str(settings.TENANT_ID)
TENANT_PATH = (ROOT_ID, TENANT_ID)

PARENT_TYPE = {
    ScopeType.TENANT: ScopeType.SYSTEM,
    ScopeType.CLUSTER: ScopeType.TENANT,
    ScopeType.DEPARTMENT: ScopeType.CLUSTER,
    ScopeType.PROJECT: ScopeType.DEPARTMENT,
}

NAME = RegexValidator(
    PROJECT_NAME,
    "A name has 1 to 57 lower-case letters, digits and hyphens, and begins and ends with a letter or digit.",
)


class ScopeQuerySet(models.QuerySet["Scope"]):
    def below(self, scope: "Scope") -> "ScopeQuerySet":
        """Everything under `scope`, itself excluded."""
        return self.filter(path__startswith=f"{scope.path}/")

    def reaching(self, scope: "Scope") -> "ScopeQuerySet":
        """Return where a rule touches `scope`: its ancestors, itself and everything below it."""
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
        # What lists are sorted by; the key breaks ties.
        indexes = (
            models.Index(fields=("name", "id"), name="scope_by_name"),
            models.Index(fields=("type", "name", "id"), name="scope_by_type_and_name"),
            models.Index(fields=("type", "created_at", "id"), name="scope_by_type_and_creation"),
            models.Index(fields=("type", "updated_at", "id"), name="scope_by_type_and_update"),
        )
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
        return namespace_of(self.name)


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


def _leading() -> Q:
    """Rules that can lead to System administrator (`access.leading`)."""
    return reduce(or_, (Q(scope__type=type_, role_id__in=sorted(ids)) for type_, ids in leading().items()))


class AccessRuleQuerySet(models.QuerySet["AccessRule"]):
    def live(self) -> "AccessRuleQuerySet":
        return self.filter(deleted_at=None)

    def leading(self) -> "AccessRuleQuerySet":
        """Those that can lead to System administrator."""
        return self.filter(_leading())

    def naming(self, subjects: frozenset[tuple[str, str]]) -> "AccessRuleQuerySet":
        """Live rules of any of these (subject type, subject id) pairs, whoever asserts them.

        For what protects the subjects. What rules give somebody is asked by `met_by`.
        """
        return self.live().named(subjects)

    def named(self, subjects: frozenset[tuple[str, str]]) -> "AccessRuleQuerySet":
        return self.filter(_named(subjects))

    def met_by(self, standings: Iterable[Standing]) -> "AccessRuleQuerySet":
        """Live rules that names with these standings meet: those that give their principal something."""
        wanted = Q(pk__in=())
        for standing in standings:
            met = _named(standing.names) & Q(source__in=standing.meets)
            wanted |= met if standing.privileged else met & ~_leading()
        return self.live().filter(wanted)


def brought_by() -> Case:
    """Return the identity provider of the user that a rule names; null for every other rule."""
    brought = User.objects.filter(email=OuterRef("subject_id"), is_local=False).values("source")[:1]
    return Case(When(subject_type=SubjectType.USER, then=Subquery(brought)))


def _named(subjects: frozenset[tuple[str, str]]) -> Q:
    named = Q(pk__in=())
    for kind in SubjectType.values:
        named |= Q(subject_type=kind, subject_id__in=[name for type_, name in subjects if type_ == kind])
    return named


LISTED_BY = {
    "subject_type": "access_rule_by_type",
    "subject_id": "access_rule_by_name",
    "role_id": "access_rule_by_role_id",
    "scope": "access_rule_by_scope_id",
    "source": "access_rule_by_source",
    "created_by": "access_rule_by_creator",
    "created_at": "access_rule_by_creation",
}


class AccessRule(models.Model):
    """*Subject* has *role* in *scope*. Immutable: deleted and created, never edited."""

    subject_type = models.CharField(max_length=10, choices=SubjectType.choices)
    subject_id = models.CharField(
        max_length=254,
        help_text="A user's e-mail (who need not exist yet), a group's name, or an application's client id.",
    )
    role_id = models.PositiveIntegerField()
    scope = models.ForeignKey(Scope, on_delete=models.CASCADE, related_name="rules")
    source = models.CharField(
        max_length=60,
        blank=True,
        help_text="Who has to assert the name: the alias of an identity provider, or local for this service. Blank:"
        " this service, or any provider that may assert it.",
    )
    created_by = models.CharField(max_length=254, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Kept as a fact, so that the few are found by it among a million rules: a prepared statement is planned without
    # looking at its values, and any other role might be everybody's.
    administers = models.GeneratedField(
        expression=models.ExpressionWrapper(
            Q(role_id=SYSTEM_ADMINISTRATOR.id, scope__in=(ROOT_ID, TENANT_ID), deleted_at=None), models.BooleanField()
        ),
        output_field=models.BooleanField(),
        db_persist=True,
        help_text="Makes a System administrator of the whole account.",
    )

    objects = AccessRuleQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("subject_type", "subject_id", "role_id", "scope", "source"),
                condition=Q(deleted_at=None),
                name="access_rule_unique",
                violation_error_message="This subject already has this role here.",
            ),
        )
        indexes = (
            models.Index(fields=("subject_type", "subject_id"), name="access_rule_by_subject"),
            # What the list of rules is narrowed by, newest first, and sorted by. An index is read in either direction.
            *(
                models.Index(fields=(by, "id"), condition=Q(deleted_at=None), name=name)
                for by, name in LISTED_BY.items()
            ),
            models.Index(fields=("deleted_at", "id"), name="access_rule_by_deletion"),
            # Who the administrators are is asked at every sign-in.
            models.Index(
                fields=("subject_type", "subject_id"), condition=Q(administers=True), name="access_rule_administering"
            ),
        )

    def __str__(self) -> str:
        return Wording("{subject} is {role} in {scope}", subject=self.subject_id, role=self.role.name, scope=self.scope)

    @property
    def role(self) -> Role:
        return role_with_id(self.role_id)

    @property
    def leads(self) -> bool:
        """Return whether it can lead its subject to System administrator."""
        return self.role_id in leading()[self.scope.type]
