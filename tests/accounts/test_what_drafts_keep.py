"""Where people paste whole documents, somebody has decided whether the browser may keep a draft of it."""

from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from django.test import Client

from tests.accounts.addresses import addresses
from tests.accounts.test_returning import browser as browser

# Each is public, or refused for what it is; a private key in them is left out by static/js/drafts.js.
KEPT = {
    "allowed_origins",
    "api_addresses",
    "api_ca",
    "audiences",
    "authn_contexts",
    "email_domains",
    "extra_groups",
    "group_names",
    "mandatory_claim",
    "metadata",
    "post_logout_redirect_uris",
    "redirect_uris",
}
SECRET = ("secret", "password", "token", "code", "key", "pasted", "jwks")


class Fields(HTMLParser):
    """The fields of a page's forms that static/js/drafts.js may keep: name and type."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.form: dict[str, str | None] = {}
        self.found: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "form":
            self.form = attributes
        off = {"off", "one-time-code"} & {attributes.get("autocomplete"), self.form.get("autocomplete")}
        kind = attributes.get("type") or tag
        typed = tag in ("input", "textarea") and kind in ("input", "text", "email", "url", "number", "textarea")
        if typed and not off and (self.form.get("method") or "").lower() == "post":
            self.found.append((attributes.get("name") or "", kind))

    def handle_endtag(self, tag: str) -> None:
        self.form = {} if tag == "form" else self.form


@pytest.fixture
def fields(browser: Client) -> Iterator[set[tuple[str, str]]]:
    pages = [browser.get(address) for address in addresses()]
    html = [page for page in pages if page.headers["Content-Type"].startswith("text/html")]
    yield {field for page in html for field in Fields(page.content.decode()).found}


@pytest.mark.slow
def test_no_draft_keeps_a_document_that_nobody_has_thought_of(fields: set[tuple[str, str]]) -> None:
    assert {name for name, kind in fields if kind == "textarea"} == KEPT


@pytest.mark.slow
def test_no_field_for_a_secret_is_text_that_a_draft_keeps(fields: set[tuple[str, str]]) -> None:
    assert len(fields) > 40
    lifetimes = {("access_token_seconds", "number"), ("token_seconds", "number")}
    assert {field for field in fields - lifetimes if field[0].endswith(SECRET) or field[0].startswith(SECRET)} == set()
