"""Somebody who clicks through pages without a script, and how often they did. Typing is no click; choosing is one."""

from typing import Any
from urllib.parse import urljoin, urlsplit

import lxml.html
from django.test import Client


class Clicker:
    def __init__(self, browser: Client, address: str = "/admin/") -> None:
        self.browser, self.clicks = browser, 0
        self._show(browser.get(address, follow=True), address)

    @property
    def text(self) -> str:
        return " ".join(str(self.page.text_content()).split())

    def link(self, words: str) -> "Clicker":
        """Follow the first link with exactly these words, outside of the side bar where one is there."""
        found = [a for a in self.page.iter("a") if " ".join(a.text_content().split()) == words]
        assert found, f"No link {words!r} on {self.address}"
        inner = [a for a in found if not any(up.get("id") == "nav-sidebar" for up in a.iterancestors())]
        return self._go((inner or found)[0].get("href"))

    def search(self, words: str) -> "Clicker":
        """Type into the search of the top bar, and press Enter: no click."""
        self.clicks -= 1
        return self._go(f"/admin/search/?q={words}")

    def choose(self, name: str, words: str) -> "Clicker":
        select = self._field(name)
        option = next(one for one in select.iter("option") if one.text_content().strip() == words)
        select.value = option.get("value")
        self.clicks += 1
        return self

    def type(self, name: str, words: str) -> "Clicker":
        self._field(name).value = words
        return self

    def press(self, words: str) -> "Clicker":
        """Press the first button with these words."""
        for form in self.page.forms:
            for button in form.xpath(".//button | .//input[@type='submit']"):
                if " ".join((button.text_content() or button.get("value", "")).split()) == words:
                    return self._send(form, button)
        raise AssertionError(f"No button {words!r} on {self.address}")

    def _field(self, name: str) -> Any:
        return next(form.inputs[name] for form in self.page.forms if name in form.inputs)

    def _send(self, form: Any, button: Any) -> "Clicker":
        values: dict[str, list[str]] = {}
        pressed = [(button.get("name"), button.get("value", ""))] if button.get("name") else []
        for name, value in (*form.form_values(), *pressed):
            values.setdefault(name, []).append(value.removeprefix("\n"))  # as HTML has it of a textarea
        address = urljoin(self.address, form.get("action") or "")
        self.clicks += 1
        send = self.browser.post if form.get("method") == "post" else self.browser.get
        return self._show(send(address, values, follow=True), address)

    def _go(self, href: str) -> "Clicker":
        self.clicks += 1
        address = urljoin(self.address, href)
        return self._show(self.browser.get(address, follow=True), address)

    def _show(self, answer: Any, address: str) -> "Clicker":
        assert answer.status_code == 200, (address, answer.status_code)
        self.address = urlsplit(answer.redirect_chain[-1][0] if answer.redirect_chain else address).geturl()
        self.page = lxml.html.fromstring(answer.content)
        for empty in self.page.xpath("//input[not(@value)][@type='text' or @type='hidden']"):
            empty.set("value", "")  # which browsers send, and lxml would leave out
        return self
