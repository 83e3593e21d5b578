"""Say where to sign in, with which password, and how to begin from a shell."""

import json
import shlex

from django.conf import settings

from access.services import administrators
from accounts.models import User
from runai_identity.env import secret, text

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


def email_of_the_first_administrator() -> str:
    email: str = text("RUNAI_ADMIN_EMAIL", "admin@runai.local")
    return email


def welcome() -> str:
    """Return the text; empty if the first administrator is no administrator any more."""
    user = administrators().filter(email=email_of_the_first_administrator().lower()).first()
    if user is None:
        return ""
    sign_in = f"Sign in at  {settings.PUBLIC_URL}/login\nE-mail      {user.email}\n"
    if password := _still_valid_one_time_password(user):
        sign_in += f"Password    {password}   (works once: you choose your own then)\n"
    body = json.dumps({"grantType": "password", "username": user.email, "password": "YOUR PASSWORD"})
    authority = text("PUBLIC_CA_FILE")
    trust = f"\n  # 0. trust this server\n  export CURL_CA_BUNDLE={shlex.quote(authority)}\n" if authority else ""
    return sign_in + NEXT_STEPS.format(url=settings.PUBLIC_URL, sign_in=shlex.quote(body), trust=trust)


def _still_valid_one_time_password(user: User) -> str:
    if not user.must_change_password or not text("RUNAI_ADMIN_PASSWORD_FILE"):
        return ""
    password = secret("RUNAI_ADMIN_PASSWORD")
    return password if user.check_password(password) else ""
