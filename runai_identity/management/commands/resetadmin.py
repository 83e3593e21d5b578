"""Break glass: let a local administrator sign in again, whatever happened to SSO, passwords, factors or rules."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import transaction

import audit.services as audit
from access.catalog import SYSTEM_ADMINISTRATOR
from access.services import administrators, grant_access, plant_roots
from access.services.locking import lock_tree
from accounts.models import User
from accounts.services.factors import reset_factors
from accounts.services.passwords import reset_password
from accounts.services.throttle import forget_all_tries
from accounts.services.users import create_user, enable_user
from common.actors import SYSTEM
from common.console import ConsoleCommand
from common.errors import DomainError


class Command(ConsoleCommand):
    help = "Make this e-mail a local system administrator with a new temporary password, which is printed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        try:
            password, had_factors = restore(email)
        except DomainError as error:
            raise CommandError(error.message) from None
        if had_factors:
            self.stdout.write(f"The second factors of {email} were removed.")
        self.stdout.write(f"{email} is a system administrator and can sign in once with the password {password}")


@transaction.atomic
def restore(email: str) -> tuple[str, bool]:
    """Return the temporary password, and whether second factors were removed."""
    lock_tree()  # before the user, as whoever removes one (common.locking)
    user = User.objects.with_email(email).first()
    if user is None:
        user, _ = create_user(actor=SYSTEM, email=email)
    if not user.is_local:
        user.is_local = True
        user.save(update_fields=["is_local", "updated_at"])
    if not user.enabled:
        enable_user(actor=SYSTEM, user=user)
    if not administrators().filter(pk=user.pk).exists():
        tenant = plant_roots()
        grant_access(actor=SYSTEM, subject_type="user", subject_id=user.email, role=SYSTEM_ADMINISTRATOR, scope=tenant)
    user.refresh_from_db()
    had_factors = user.second_factor_since is not None
    if had_factors:
        reset_factors(actor=SYSTEM, user=user)
    forget_all_tries(user)
    audit.record("user:restore", actor=SYSTEM, target=user)
    return reset_password(actor=SYSTEM, user=user), had_factors
