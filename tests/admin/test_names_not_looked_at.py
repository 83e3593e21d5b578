"""Whoever reads access rules and not the people whom they name learns from no rule's page whether there are such."""

import re

import pytest

from access.models import AccessRule
from accounts.models import User
from tests import cast
from tests.conftest import BrowserAs

READING_NOBODY = ("Project administrator", "Research manager")
SUBJECTS = {
    "user": lambda: cast.person("there").email,
    "unverified user": lambda: cast.person("there", is_local=False, source="corp", email_verified_by="").email,
    "group": lambda: cast.make_group("there", cast.person("member")).name,
    "filled group": lambda: cast.make_group("there", cast.person("brought", is_local=False, source="corp")).name,
}


def page(browser_as: BrowserAs, reader: User, rule: AccessRule) -> str:
    text = browser_as(reader).get(f"/admin/access/accessrule/{rule.pk}/change/").content.decode()
    main = text[text.index("<main") : text.index("</main>")].replace(rule.subject_id, "NAME")
    return re.sub(r"[A-Za-z0-9_-]{12,}|there|/\\d+/", "", main.replace(f"/{rule.pk}/", ""))


@pytest.mark.parametrize("role", READING_NOBODY)
@pytest.mark.parametrize("kind", SUBJECTS)
def test_the_page_is_the_same(tree: cast.Tree, browser_as: BrowserAs, role: str, kind: str) -> None:
    reader = cast.person("reader")
    cast.rule("user", reader.email, role, tree.faces)
    named = "group" if "group" in kind else "user"
    rule = cast.rule(named, "there" if named == "group" else "there@example.com", "Viewer", tree.faces)
    before = page(browser_as, reader, rule)

    SUBJECTS[kind]()

    assert page(browser_as, reader, rule) == before
    assert "Not looked at" in before
