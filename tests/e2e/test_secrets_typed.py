"""No secret that somebody typed or pasted stays in the browser, and no browser breaks over what it may not store."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from clustersync.models import Cluster
from tests.e2e.conftest import sign_in
from tests.e2e.test_typed_text import FORM, KEPT, let_it_end, offered, sign_in_as, type_something
from tokens.models import Application

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

CLUSTER = "/admin/clustersync/cluster/{}"
KUBECONFIG = "users: [{name: a, user: {token: s3cret}}]"
PRIVATE_KEY = "-----BEGIN EC PRIVATE KEY-----\ns3cret"
BLOCKED = "Object.defineProperty(window, '{}', {{ get() {{ throw new DOMException('no', 'SecurityError'); }} }})"
FULL = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }"
NO_CHANNEL = "delete window.BroadcastChannel"


@pytest.mark.parametrize(
    ("place", "label", "text"),
    [
        ("/password", "Current password", "s3cret"),
        ("/device", "The code that your device shows", "s3cret"),
        (CLUSTER + "/verify-token/", "Token", "s3cret"),
        (CLUSTER + "/doctor/", "What the cluster was told", KUBECONFIG),
        (CLUSTER + "/change/", "CA of the API server", PRIVATE_KEY),
        ("/admin/sso/identityprovider/add/", "Client secret", "s3cret"),
        ("/admin/sso/identityprovider/add/", "or pasted", PRIVATE_KEY),
        ("/admin/tokens/application/{}/change/", "JWKS", '{"keys": [{"d": "s3cret"}]}'),
    ],
)
def test_secrets_are_never_kept(
    page: Page, ada: User, prod: Cluster, robo: Application, place: str, label: str, text: str
) -> None:
    sign_in(page, ada)
    page.goto(place.format(robo.pk if "application" in place else prod.pk))
    field = page.get_by_label(label)
    field.evaluate(
        "(field, text) => { field.value = text; field.dispatchEvent(new Event('input', {bubbles: true})); }", text
    )
    page.wait_for_timeout(300)

    assert "draft" not in page.evaluate(KEPT)


@pytest.mark.parametrize("without", [BLOCKED.format("sessionStorage"), BLOCKED.format("localStorage"), FULL])
def test_where_nothing_may_be_stored_all_else_goes_on(page: Page, ada: User, prod: Cluster, without: str) -> None:
    page.add_init_script(without)
    # Not in the admin: Django's own scripts there stop over it.
    type_something(page, ada, label="What it is for", place="/account")
    let_it_end(page)

    sign_in_as(page, ada, "/account")

    assert offered(page) is ("localStorage" in without)


@pytest.mark.parametrize("junk", ["", "{", "null", "[]", "7", '{"at": "x"}', '{"at": 1e99, "text": "AAAA"}'])
def test_what_is_no_draft_is_thrown_away(page: Page, ada: User, junk: str) -> None:
    sign_in(page, ada)
    page.evaluate("junk => { sessionStorage.draft = junk; }", junk)

    page.goto(FORM)
    page.get_by_label("First name").fill("Grace")
    let_it_end(page)
    sign_in_as(page, ada, FORM)

    assert offered(page)


def test_a_browser_without_channels_asks_by_itself(page: Page, ada: User) -> None:
    page.add_init_script(NO_CHANNEL)
    sign_in(page, ada)
    page.goto("/account")

    let_it_end(page)

    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
