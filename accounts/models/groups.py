import uuid

from django.db import models
from django.db.models.functions import Lower

from accounts.models.users import User
from accounts.names import LONGEST_GROUP_NAME


class Group(models.Model):
    """A named set of users, filled by hand or by an identity provider's group attribute."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=LONGEST_GROUP_NAME)
    description = models.CharField(max_length=500, blank=True)
    members: "models.ManyToManyField[User, Membership]" = models.ManyToManyField(User, through="Membership")
    created_by = models.CharField(max_length=254, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("name",)
        indexes = (
            models.Index(fields=("name",), name="group_by_name"),  # by which access rules know it
            models.Index(fields=("created_at", "id"), name="group_by_creation"),
        )
        constraints = (
            # Two groups that differ in case only would be one in nobody's eyes but ours.
            models.UniqueConstraint(
                Lower("name"),
                name="group_name_unique",
                violation_error_message="A group with this name exists.",
            ),
        )

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    group = models.ForeignKey(Group, on_delete=models.CASCADE)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    source = models.CharField(
        max_length=60, blank=True, help_text="The identity provider that says so; blank: added by hand."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("group", "user"), name="membership_unique"),)
        indexes = (models.Index(fields=("created_at", "id"), name="membership_by_creation"),)

    def __str__(self) -> str:
        return f"{self.user} in {self.group}"
