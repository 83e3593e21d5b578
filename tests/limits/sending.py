"""How a request is made that has so much of something."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings

from accounts.models import User
from common import parsers
from tests.cast import PASSWORD
from tests.limits.limits import Answer, World
from tests.sso.bindings import posted
from tests.sso.signing_in import last_attempt
from tests.tokens.asking import CHALLENGE, PROTOCOL, SHOP_REDIRECT
from tests.tokens.registering import CALLBACK, make_token, register

USERS = "/api/v1/users"
MOST_JSON_VALUES = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // parsers.BYTES_PER_VALUE
FORM = "application/x-www-form-urlencoded"


def as_json(world: World, text: str) -> Answer:
    return world.api.generic("POST", USERS, text, content_type="application/json")


def of_users(world: World, **query: str | float) -> Answer:
    return world.api.get(USERS, query)


def fields(client: Any, path: str, number: int) -> Answer:
    return client.generic("POST", path, "&".join(["a="] * number).encode(), content_type=FORM)


def files(world: World, path: str, number: int) -> Answer:
    part = 'Content-Disposition: form-data; name="metadata_file"; filename="a"'
    body = "".join(f"--x\r\n{part}\r\n\r\n1\r\n" for _ in range(number)) + "--x--\r\n"
    kind = "multipart/form-data; boundary=x" if number else FORM
    return world.browser.generic("POST", path, body.encode(), content_type=kind)


def token_request(world: World, **more: str) -> Answer:
    given = {"grant_type": "client_credentials", "client_id": "nobody", "client_secret": "x", **more}
    return world.stranger.post(f"{PROTOCOL}/token", urlencode(given), content_type=FORM)


def authorization(world: World, **more: str) -> Answer:
    asked = {
        "client_id": "shop",
        "response_type": "code",
        "scope": "openid",
        "redirect_uri": SHOP_REDIRECT,
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    return world.browser.get(f"{PROTOCOL}/auth?{urlencode({**asked, **more})}")


def long_authorization(world: World, length: int) -> Answer:
    """The whole query has this length."""
    base = len(authorization(world, state="").wsgi_request.META["QUERY_STRING"])
    return authorization(world, state="s" * (length - base))


def saml(world: World, xml_text: str) -> Answer:
    path = "/auth/realms/runai/broker/corp/endpoint"
    return world.stranger.post(path, urlencode({"SAMLResponse": posted(xml_text.encode())}), content_type=FORM)


def noted(answer: Answer) -> str:
    """A stranger isn't told why a message is refused; the administrator is."""
    return str(last_attempt().checks)


def doctor(world: World, **body: object) -> Answer:
    return world.api.post(f"/api/v1/clusters/{world.cluster}/doctor", body, format="json")


def changed(world: World, **body: object) -> Answer:
    return world.api.patch(f"/api/v1/clusters/{world.cluster}", body, format="json")


def made_user(world: World, **body: object) -> Answer:
    return world.api.post(USERS, body, format="json")


def registered(**metadata: object) -> Answer:
    return register(make_token(), {"redirect_uris": [CALLBACK], **metadata})


def own_password(world: World, new: str) -> Answer:
    """With the password of every test again, which the request before may have changed."""
    user = User.objects.get(email="ada@example.com")
    user.set_password(PASSWORD)
    user.save()
    given = {"currentPassword": PASSWORD, "newPassword": new}
    return world.api.post("/api/v1/me/password", given, format="json")


def email(length: int) -> str:
    labels = ".".join(["a" * 50] * 4)
    return f"x@{labels}.{'b' * (length - len(labels) - 7)}.com"
