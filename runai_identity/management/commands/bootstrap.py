"""Make what a deployment needs to begin: the roots of the scope tree, signing keys, the first administrator."""

import json
import shlex
from typing import Any

from django.conf import settings
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
from runai_identity.env import env, secret
from tokens.services.clients import ensure_built_in_clients

NEXT_STEPS = """
The main job, from a shell:
{trust}
  # 1. a token
  TOKEN=$(curl -s {url}/api/v1/token -H 'Content-Type: application/json' \\
    -d {sign_in} \\
    | python3 -c 'import json,sys; print(json.load(sys.stdin)["accessToken"])')

  # 2. a user
  curl -s {url}/api/v1/users -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
    -d '{{"email":"rosa@example.com"}}'

  # 3. a cluster
  curl -s {url}/api/v1/clusters -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
    -d '{{"name":"gpu-1"}}'
"""


class Command(ConsoleCommand):
    help = (
        "Make the first administrator, signing keys and scopes, where they are missing. Run again it keeps everything."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        with alone(lambda: self.stdout.write("Waiting for another start to make what is missing.")):
            self._make_what_is_missing()

    def _make_what_is_missing(self) -> None:
        try:  # before anything is written under another key
            tokens.require_readable()
            sso.require_readable()
        except Unavailable as refusal:
            raise CommandError(refusal.message) from None
        tenant = plant_roots()
        tokens.ensure_keys()
        ensure_built_in_clients()
        email = env.str("RUNAI_ADMIN_EMAIL", default="admin@runai.local")
        if not administrators().exists():
            self._appoint(email, tenant)
        self._tell(email)

    def _appoint(self, email: str, tenant: Any) -> None:
        given = env.str("RUNAI_ADMIN_PASSWORD", default="")
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

    def _tell(self, email: str) -> None:
        user = administrators().filter(email=email.lower()).first()
        if user is None:
            return
        self.stdout.write(f"Sign in at  {settings.PUBLIC_URL}/login")
        self.stdout.write(f"E-mail      {user.email}")
        if password := self._still_valid_one_time_password(user):
            self.stdout.write(f"Password    {password}   (works once: you choose your own then)")
        body = json.dumps({"grantType": "password", "username": user.email, "password": "YOUR PASSWORD"})
        authority = env.str("PUBLIC_CA_FILE", default="")
        trust = f"\n  # 0. trust this server\n  export CURL_CA_BUNDLE={shlex.quote(authority)}\n" if authority else ""
        self.stdout.write(NEXT_STEPS.format(url=settings.PUBLIC_URL, sign_in=shlex.quote(body), trust=trust))

    def _still_valid_one_time_password(self, user: User) -> str:
        if not user.must_change_password or not env.str("RUNAI_ADMIN_PASSWORD_FILE", default=""):
            return ""
        password = secret("RUNAI_ADMIN_PASSWORD")
        return password if user.check_password(password) else ""
