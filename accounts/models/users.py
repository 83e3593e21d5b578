import uuid
from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib.auth import get_backends
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from accounts.names import HIGHEST_POSIX_ID, LONGEST_EMAIL
from common.actors import Name
from common.lookup import Listing

# Among the aliases that no provider may have.
ADMINISTRATOR = "administrator"
# The source of an account whose identity provider was removed: no provider has this alias, so its names meet no rule.
NOBODY = "-"


def validate_posix_ids(value: object) -> None:
    if not isinstance(value, list) or not all(type(i) is int and 0 <= i <= HIGHEST_POSIX_ID for i in value):
        raise ValidationError("Supplementary groups are a list of whole numbers.")


class UserQuerySet(models.QuerySet["User"]):
    def with_email(self, email: str) -> "UserQuerySet":
        return self.filter(email=normalize_email(email))


def normalize_email(email: str) -> str:
    """Return the one spelling of an e-mail address that we store, compare and name in access rules."""
    return email.strip().lower()


class User(AbstractBaseUser):
    """A person, local or from an identity provider. The e-mail address is the user name."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(
        "e-mail", max_length=LONGEST_EMAIL, unique=True, error_messages={"unique": "A user with this e-mail exists."}
    )
    first_name = models.CharField(max_length=100, blank=True)
    last_name = models.CharField(max_length=100, blank=True)
    is_local = models.BooleanField(
        "local",
        default=True,
        help_text="Signs in with a password here, rather than through an identity provider.",
    )
    enabled = models.BooleanField(default=True, help_text="A disabled user is refused everywhere, at once.")
    must_change_password = models.BooleanField(default=False)
    password_by = models.CharField(
        max_length=80,
        blank=True,
        editable=False,
        default="",
        db_default="",  # a server of the version before knows nothing of it
        help_text="Who gave this user their password, and which it was; blank: they chose it, or the server made it.",
    )
    second_factor_since = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="Since when a password alone signs this user in no more; blank: they have no second factor.",
    )
    second_factor_due_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="From when on a user who must have a second factor can do nothing before they add one.",
    )
    source = models.CharField(
        "identity provider",
        max_length=60,
        blank=True,
        editable=False,
        help_text="The identity provider that brings this user; blank: none, or it was removed.",
    )
    email_verified_by = models.CharField(
        "e-mail verified by",
        max_length=60,
        blank=True,
        editable=False,
        help_text="Who says that the address is this person's, of a user who is not local: an identity provider, or"
        " administrator. Blank: nobody.",
    )

    uid = models.PositiveBigIntegerField("UID", null=True, blank=True, validators=[MaxValueValidator(HIGHEST_POSIX_ID)])
    gid = models.PositiveBigIntegerField("GID", null=True, blank=True, validators=[MaxValueValidator(HIGHEST_POSIX_ID)])
    supplementary_groups = models.JSONField(default=list, blank=True, validators=[validate_posix_ids])
    posix_sources: "models.JSONField[dict[str, str], dict[str, str]]" = models.JSONField(
        default=dict, editable=False, help_text="Of these fields those that an identity provider set, with its alias."
    )

    language = models.CharField(
        max_length=10,
        blank=True,
        editable=False,
        db_default="",  # a server of the version before knows nothing of it
        help_text="The language of the pages; blank: the browser's.",
    )
    created_by = models.CharField(max_length=254, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar = UserQuerySet.as_manager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    subject_type = "User"

    class Meta:
        ordering = ("email",)
        # What lists are sorted by; the key breaks ties.
        indexes = (
            models.Index(fields=("created_at", "id"), name="user_by_creation"),
            models.Index(fields=("updated_at", "id"), name="user_by_update"),
            models.Index(fields=("created_by", "id"), name="user_by_creator"),
            models.Index(fields=("last_login", "id"), name="user_by_last_login"),
            models.Index(fields=("is_local", "id"), name="user_by_type"),
        )
        constraints = (
            # Two spellings of one address would be two users to us, and one to everybody else.
            models.CheckConstraint(condition=Q(email=Lower("email")), name="user_email_lower_case"),
        )

    def __str__(self) -> str:
        return self.email

    def clean(self) -> None:
        self.email = normalize_email(self.email)

    @property
    def is_active(self) -> bool:  # type: ignore[override]  # Django's word for what we call enabled
        return self.enabled

    @property
    def is_staff(self) -> bool:
        """Return whether the admin has anything to show this person; each page then asks for its own permission."""
        return self.has_module_perms("admin")

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def asserted_by(self) -> str:
        """The identity provider that asserts this account, by alias; empty for this service."""
        return "" if self.is_local else self.source or NOBODY

    @property
    def vouched_by(self) -> str:
        """The alias of the provider that verified the e-mail address, or ADMINISTRATOR; empty if it is unverified.

        Whoever makes a local user enters the address, and answers for it.
        """
        return ADMINISTRATOR if self.is_local else self.email_verified_by

    @property
    def email_verified(self) -> bool:
        return bool(self.vouched_by)

    @property
    def rule_subject(self) -> tuple[str, str]:
        return "user", self.email

    def rule_subjects(self) -> frozenset[tuple[str, str]]:
        return frozenset({self.rule_subject, *(("group", name) for name in self.group_names())})

    def own_name(self) -> Name | None:
        return Name(*self.rule_subject, self.asserted_by) if self.email_verified else None

    def names(self) -> frozenset[Name]:
        """Return the e-mail address if it is verified, and the groups, each with its source."""
        own = self.own_name()
        groups = (Name("group", name, source) for name, source in _groups_with_sources(self.pk))
        return frozenset({*((own,) if own else ()), *groups})

    def group_names(self) -> list[str]:
        """In the database's order of names."""
        return [name for name, _ in _groups_with_sources(self.pk)]

    def has_perm(self, perm: str, obj: object = None) -> bool:
        backends: list[Any] = get_backends()
        return self.enabled and any(backend.has_perm(self, perm, obj) for backend in backends)

    def has_perms(self, perms: Iterable[str], obj: object = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perms)

    def has_module_perms(self, app_label: str) -> bool:
        backends: list[Any] = get_backends()
        return self.enabled and any(backend.has_module_perms(self, app_label) for backend in backends)


_groups_with_sources = Listing(
    "accounts",
    "SELECT named.name, member.source FROM {membership} AS member JOIN {group} AS named ON named.id = member.group_id"
    " WHERE member.user_id = %s ORDER BY named.name",
)
