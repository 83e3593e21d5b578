"""Each page of the administration in German: nothing of what the catalogue translates is left in English."""

from html.parser import HTMLParser

import pytest

from accounts.models import User
from tests.admin.walking import lists
from tests.conftest import BrowserAs
from tests.habits.test_translations import entries

GERMAN = {"Accept-Language": "de"}
MORE = ["/admin/", "/admin/search/?q=ada", "/admin/access/accessrule/add/", "/admin/accounts/user/add/"]
SETTINGS = [f"/admin/accounts/{name}/1/change/" for name in ("generalsettings", "signinsettings", "tokensettings")]
# The same letters stand for something else there: a name of a role, an action, a column of data.
DATA = {"password", "tenant", "read", "create", "update", "delete"}


class Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self._code = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._code += tag in ("script", "code", "pre")

    def handle_endtag(self, tag: str) -> None:
        self._code -= tag in ("script", "code", "pre")

    def handle_data(self, data: str) -> None:
        if not self._code:
            self.found.add(data.strip())


def english() -> set[str]:
    """Return the texts that have another form in German, with a capital and without."""
    pairs = [(entry.ids[0], entry.strings[0]) for entry in entries()]
    german = {text for _, text in pairs}
    texts = {text for text, translated in pairs if text.lower() != translated.lower() and text not in german}
    return {form for text in texts for form in (text, text[:1].upper() + text[1:])} - DATA


@pytest.mark.parametrize("path", [*lists(), *MORE, *SETTINGS])
def test_no_english_is_left(browser_as: BrowserAs, ada: User, path: str) -> None:
    page = browser_as(ada).get(path, headers=GERMAN, follow=True)
    assert page.status_code == 200
    reader = Texts()
    reader.feed(page.content.decode())
    assert '<html lang="de">' in page.content.decode()
    left = sorted(reader.found & english())
    assert not left, left
