"""Make what a deployment needs to begin: the roots of the scope tree, signing keys, the first administrator."""

import shlex
from typing import Any

from django.core.management.base import CommandError
from django.db import transaction

import sso.services.keys as sso
import tokens.services.keys as tokens
from access.catalog import SYSTEM_ADMINISTRATOR
from access.services import administrators, grant_access, plant_roots
from accounts.models import User
from accounts.services.users import create_user
from common.actors import SYSTEM
from common.console import ConsoleCommand
from common.errors import DomainError, Unavailable
from runai_identity.alone import alone
from runai_identity.env import secret, text
from runai_identity.welcome import email_of_the_first_administrator, welcome
from tokens.services.clients import ensure_built_in_clients


class Command(ConsoleCommand):
    help = (
        "Make the first administrator, signing keys and scopes, where they are missing. Run again it keeps everything."
    )

    def handle(self, *args: Any, verbosity: int, **options: Any) -> None:
        with alone(lambda: self.stdout.write("Waiting for another start to make what is missing.")):
            self._make_what_is_missing()
        if verbosity:
            self.stdout.write(welcome())

    def _make_what_is_missing(self) -> None:
        try:  # before anything is written under another key
            tokens.require_readable()
            sso.require_readable()
        except Unavailable as refusal:
            raise CommandError(refusal.message) from None
        tenant = plant_roots()
        tokens.ensure_keys()
        ensure_built_in_clients()
        if not administrators().exists():
            self._appoint(email_of_the_first_administrator(), tenant)

    def _appoint(self, email: str, tenant: Any) -> None:
        given = text("RUNAI_ADMIN_PASSWORD")
        password = given or secret("RUNAI_ADMIN_PASSWORD")
        try:
            with transaction.atomic():
                if not User.objects.with_email(email).exists():
                    create_user(actor=SYSTEM, email=email, password=password, must_change_password=not given)
                grant_access(
                    actor=SYSTEM, subject_type="user", subject_id=email, role=SYSTEM_ADMINISTRATOR, scope=tenant
                )
        except DomainError as error:
            advice = f"Run: manage.py resetadmin {shlex.quote(email)}"
            raise CommandError(f"The first administrator can't be made: {error.message} {advice}") from None
