"""A person at a browser: `browser.py EMAIL PASSWORD_FILE AUTHORITY ADDRESS` signs in there and presses Allow."""

import sys
from pathlib import Path

import requests
from lxml import html


def submit(visitor: requests.Session, page: requests.Response, field: str, **values: str) -> requests.Response:
    """Send the form that has this field."""
    shown = html.fromstring(page.text, base_url=page.url)
    shown.make_links_absolute()
    (form,) = (form for form in shown.forms if field in form.fields)
    filled = {**dict(form.form_values()), **values}
    return visitor.post(form.action or page.url, data=filled, headers={"Referer": page.url}, timeout=10)


def go_on(visitor: requests.Session, page: requests.Response) -> requests.Response:
    """Go where a page that is on its way leads."""
    shown = html.fromstring(page.text, base_url=page.url)
    shown.make_links_absolute()
    (to,) = shown.xpath("//p/a/@href")
    return visitor.get(to, timeout=10)


def main(email: str, password_file: str, authority: str, address: str) -> None:
    with requests.Session() as visitor:
        visitor.verify = authority
        page = visitor.get(address, timeout=10)
        signed_in = submit(visitor, page, "password", email=email, password=Path(password_file).read_text().strip())
        allowed = submit(visitor, go_on(visitor, signed_in), "request_token", decision="allow")
        go_on(visitor, allowed)


if __name__ == "__main__":
    main(*sys.argv[1:])
