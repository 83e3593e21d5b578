"""What is limited within a request: each row with how a request is made that has so much of it."""

import sys

from django.conf import settings

from access.services.who_can import LONGEST_PAGE
from accounts.names import LONGEST_EMAIL, LONGEST_GROUP_NAME
from accounts.passwords import LONGEST as LONGEST_PASSWORD
from audit.api import MOST_SAMPLES
from clustersync.api.doctor import MOST_KEYS as MOST_MEASURED_KEYS
from clustersync.doctor.reading import LONGEST_PASTE
from clustersync.models.validators import MOST_ADDRESSES, MOST_GROUPS
from clustersync.services.verdicts import LONGEST_TOKEN
from common import body_limits, listing, middleware, parsers
from tests.limits.limits import Limit
from tests.limits.protocols import OAUTH, SAML
from tests.limits.sending import (
    MOST_JSON_VALUES,
    as_json,
    changed,
    doctor,
    email,
    fields,
    files,
    made_user,
    of_users,
    own_password,
)

JSON = [
    Limit(
        "Levels of JSON inside each other",
        parsers.MAX_DEPTH,
        "",
        400,
        "nested deeper",
        lambda w, n: as_json(w, "[" * n + "]" * n),
    ),
    Limit(
        f"Values in JSON: one for each {parsers.BYTES_PER_VALUE} bytes that the address takes",
        MOST_JSON_VALUES,
        "",
        400,
        f"more than {MOST_JSON_VALUES} values",
        lambda w, n: as_json(w, "[" + ",".join("1" * n) + "]"),
    ),
    Limit(
        "Digits of a number in JSON",
        sys.get_int_max_str_digits(),
        "",
        400,
        "not valid JSON",
        lambda w, n: as_json(w, "1" * n),
    ),
]
FORMS = [
    Limit(
        "Parameters in an address",
        middleware.MOST_PARAMETERS,
        "",
        400,
        "parameters",
        lambda w, n: w.stranger.get("/login?" + "&".join(["a="] * n)),
    ),
    Limit(
        "Fields of a stranger's form",
        body_limits.MOST_FIELDS_OF_STRANGERS,
        "",
        400,
        f"more than {body_limits.MOST_FIELDS_OF_STRANGERS} fields",
        lambda w, n: fields(w.stranger, "/login", n),
    ),
    Limit(
        "Fields of a form of somebody who is signed in",
        body_limits.MOST_FIELDS,
        "",
        400,
        f"more than {body_limits.MOST_FIELDS} fields",
        lambda w, n: fields(w.browser, "/password", n),
    ),
    Limit(
        "Files in a form (metadata of an identity provider)",
        settings.DATA_UPLOAD_MAX_NUMBER_FILES,
        "",
        400,
        "can&#x27;t be read",
        lambda w, n: files(w, "/admin/sso/identityprovider/add/", n),
    ),
    Limit(
        "Files in any other form",
        0,
        "",
        400,
        "No files are taken here",
        lambda w, n: files(w, "/password", n),
    ),
]
LISTS = [
    Limit("Rows of a page: `limit`", listing.MAX_LIMIT, "", 400, "bad_number", lambda w, n: of_users(w, limit=n)),
    Limit(
        "Conditions of `filterBy`",
        listing.MOST_CONDITIONS,
        "",
        400,
        "bad_filter",
        lambda w, n: of_users(w, filterBy=",".join(["username==a"] * n)),
    ),
    Limit(
        "Text of `search`, or of one condition",
        listing.LONGEST_TEXT,
        "characters",
        400,
        "bad_text",
        lambda w, n: of_users(w, search="s" * n),
    ),
    Limit(
        "Audit entries of a page: `numberOfSamples`",
        MOST_SAMPLES,
        "",
        400,
        "bad_number",
        lambda w, n: w.api.get("/api/v1/audit/log", {"numberOfSamples": n}),
    ),
    Limit(
        "People of a page of *Who can*: `limit`",
        LONGEST_PAGE,
        "",
        400,
        "limit",
        lambda w, n: w.api.get(
            "/api/v1/authorization/who-can",
            {"action": "read", "resourceType": "users", "scopeType": "tenant", "scopeId": "1", "limit": str(n)},
        ),
    ),
]
PEOPLE = [
    Limit(
        "An e-mail address", LONGEST_EMAIL, "characters", 400, "no more than", lambda w, n: made_user(w, email=email(n))
    ),
    Limit(
        "A new password",
        LONGEST_PASSWORD,
        "characters",
        400,
        "longer than",
        lambda w, n: own_password(w, "Horse-77" * (n // 8) + "x" * (n % 8)),
    ),
    Limit(
        "A group's name",
        LONGEST_GROUP_NAME,
        "characters",
        400,
        f"no more than {LONGEST_GROUP_NAME}",
        lambda w, n: w.api.post("/api/v1/groups", {"name": "g" * n}, format="json"),
    ),
]
CLUSTERS = [
    Limit(
        "Configuration that is pasted for the doctor",
        LONGEST_PASTE,
        "bytes",
        400,
        f"no more than {LONGEST_PASTE}",
        lambda w, n: doctor(w, configuration="x" * n),
    ),
    Limit(
        "Keys that were measured for the doctor",
        MOST_MEASURED_KEYS,
        "",
        400,
        f"no more than {MOST_MEASURED_KEYS}",
        lambda w, n: doctor(w, configuration="", observed={"kids": ["k"] * n}),
    ),
    Limit(
        "A token that is pasted for *Verify token*",
        LONGEST_TOKEN,
        "bytes",
        400,
        f"no more than {LONGEST_TOKEN}",
        lambda w, n: w.api.post(f"/api/v1/clusters/{w.cluster}/verify-token", {"token": "t" * n}, format="json"),
    ),
    Limit(
        "Groups that a cluster binds itself: `extraGroups`",
        MOST_GROUPS,
        "",
        400,
        "group names",
        lambda w, n: changed(w, extraGroups=[f"g{number}" for number in range(n)]),
    ),
    Limit(
        "Networks of a cluster: `apiAddresses`",
        MOST_ADDRESSES,
        "",
        400,
        "networks",
        lambda w, n: changed(w, apiAddresses=["10.0.0.0/24"] * n),
    ),
]

SECTIONS = {
    "JSON": JSON,
    "Addresses and forms": FORMS,
    "OAuth 2 and OpenID Connect": OAUTH,
    "SAML": SAML,
    "Lists": LISTS,
    "People and groups": PEOPLE,
    "Clusters": CLUSTERS,
}
