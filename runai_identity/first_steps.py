"""List what a new deployment still lacks before the first researcher can work, for the admin's first page."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext

from access.models import AccessRule, Scope, ScopeType
from accounts.models import User
from clustersync.models import Cluster


@dataclass(frozen=True)
class FirstStep:
    title: str
    sentence: str
    url: str
    done: bool


def first_steps(user: User) -> list[FirstStep]:
    """Return the steps in their order, those done included; empty for who may not take them."""
    if not (user.has_perm("cluster.create") and user.has_perm("users.create")):
        return []
    steps = [
        FirstStep(
            gettext("Register a cluster"),
            gettext("Its API server can then verify our tokens."),
            reverse("admin:clustersync_cluster_add"),
            Cluster.objects.exists(),
        ),
        FirstStep(
            gettext("Create a department"),
            gettext("A part of the organisation, with its share of a cluster."),
            reverse("admin:access_department_add"),
            Scope.objects.filter(type=ScopeType.DEPARTMENT).exists(),
        ),
        FirstStep(
            gettext("Create a project"),
            gettext("Where researchers work; a namespace in the cluster."),
            reverse("admin:access_project_add"),
            Scope.objects.filter(type=ScopeType.PROJECT).exists(),
        ),
        FirstStep(
            gettext("Create a user"),
            gettext(
                "You get a temporary password to hand over. Or connect your company directory, under "
                "Identity providers."
            ),
            reverse("admin:accounts_user_add"),
            User.objects.exclude(pk=user.pk).exists(),
        ),
        FirstStep(
            gettext("Give the user a role"),
            gettext("An access rule says who has which role where."),
            reverse("admin:access_accessrule_add"),
            AccessRule.objects.live().exclude(subject_id=user.email).exists(),
        ),
    ]
    return steps
