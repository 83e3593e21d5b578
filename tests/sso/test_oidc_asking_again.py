import json
from typing import Any

import pytest

from common.errors import Invalid
from sso import oidc
from sso.check_log import CheckLog, SignInRefused
from tests.sso.op import JANE, OP
from tests.sso.openid import connected, now, sign_in, tells_no_secret

HTML = {"Content-Type": "text/html"}


def test_it_asks_again_by_the_refresh_token_and_gets_the_next(op: OP) -> None:
    said = sign_in(op, CheckLog())
    op.user = {**JANE, "groups": ["leavers"]}

    again = oidc.refresh(connected(op), refresh_token=said.refresh_token, subject="jane-1", log=CheckLog(), now=now())

    assert again.attributes["groups"] == ["leavers"]
    assert again.refresh_token not in ("", said.refresh_token)


@pytest.mark.parametrize(
    ("token", "subject", "answer", "code"),
    [
        ("another", "jane-1", None, "provider_failed"),
        ("", "john-2", None, "no_identity"),
        ("", "jane-1", (500, HTML, b"no"), "unreachable"),
        ("", "jane-1", (302, {"Location": "http://127.0.0.1:1/"}, b""), "unreachable"),
        ("", "jane-1", (200, {}, b" " * (oidc.MOST_BYTES + 1)), "unreachable"),
    ],
    ids=["refused", "another person", "out of order", "elsewhere", "too long"],
)
def test_it_does_not_know_them_any_more(op: OP, token: str, subject: str, answer: Any, code: str) -> None:
    said, log = sign_in(op, CheckLog()), CheckLog()
    if answer:
        op.instead["/token"] = answer

    with pytest.raises(SignInRefused) as refused:
        oidc.refresh(connected(op), refresh_token=token or said.refresh_token, subject=subject, log=log, now=now())

    assert refused.value.code == code
    assert tells_no_secret(op, log)


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "http://127.0.0.2"},
        {"jwks_uri": None},
        {"token_endpoint": 5},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"userinfo_endpoint": "file:///etc/passwd"},
    ],
    ids=str,
)
def test_it_refuses_metadata_it_can_not_use(op: OP, change: dict[str, Any]) -> None:
    text = json.dumps({**op.discovery(), **change})

    with pytest.raises(Invalid) as refused:
        oidc.read_metadata(text, url=f"{op.base}{oidc.WELL_KNOWN}")

    assert refused.value.code == "bad_metadata"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_it_calls_a_provider_out_of_order_unreachable(op: OP, status: int) -> None:
    said = sign_in(op, CheckLog())
    op.instead["/userinfo"] = (status, HTML, b"<h1>later</h1>")

    with pytest.raises(SignInRefused) as refused:
        oidc.refresh(connected(op), refresh_token=said.refresh_token, subject="jane-1", log=CheckLog(), now=now())

    assert refused.value.code == "unreachable"


ISSUERS = ["https://login.example.com/t/v2.0", "https://login.example.com/t/v2.0/", "https://login.example.com"]


@pytest.mark.parametrize("issuer", ISSUERS)
@pytest.mark.parametrize("query", ["", "?appid=6731de76-14a6-49ae-97bc-6eba6914391e", "?p=b2c_1_sign_in&x=%2F"])
def test_a_query_of_the_discovery_address_is_no_part_of_the_issuer(op: OP, issuer: str, query: str) -> None:
    document = {**op.discovery(), **{name: f"{issuer.rstrip('/')}/{name}" for name in oidc.NEEDED}, "issuer": issuer}
    document.pop("userinfo_endpoint")

    peer = oidc.read_metadata(json.dumps(document), url=f"{issuer.rstrip('/')}{oidc.WELL_KNOWN}{query}")

    assert peer["issuer"] == issuer


@pytest.mark.parametrize("path", ["/t/v1.0", "/t", "/t/v2.0/x", "/T/v2.0", "/t/v2.0?x=/t/v2.0", "/%74/v2.0"])
def test_the_path_of_the_discovery_address_is(op: OP, path: str) -> None:
    document = {name: f"{ISSUERS[0]}/{name}" for name in oidc.NEEDED} | {"issuer": ISSUERS[0]}

    with pytest.raises(Invalid):
        oidc.read_metadata(json.dumps(document), url=f"https://login.example.com{path}{oidc.WELL_KNOWN}")
