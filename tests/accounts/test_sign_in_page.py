from io import BytesIO

import pytest
from django.test import Client

from accounts.models import Session, User
from tests import cast
from tests.conftest import BrowserAs

REFUSED = "The e-mail or the password is not right, or this account can&#x27;t sign in now."


def sign_in(client: Client, email: str, password: str = cast.PASSWORD, to: str = "") -> str:
    """Answers where the browser is sent, or the page that says why not."""
    answer = client.post("/login", {"email": email, "password": password, "next": to})
    return answer.headers.get("Location") or answer.content.decode()


def test_it_signs_in_and_goes_home(client: Client, charlie: User) -> None:
    assert sign_in(client, " Charlie@Example.com ") == "/"

    assert "charlie@example.com" in client.get("/").content.decode()
    assert Session.objects.get().user == charlie


def test_it_returns_to_where_they_were(client: Client, charlie: User) -> None:
    sent_to = client.get("/account/sessions")["Location"]

    assert sent_to == "/login?next=/account/sessions"
    assert 'name="next" value="/account/sessions"' in client.get(sent_to).content.decode()
    assert sign_in(client, charlie.email, to="/account/sessions") == "/account/sessions"


@pytest.mark.parametrize(
    "to",
    [
        "https://elsewhere.example/",
        "//elsewhere.example/",
        "/\\elsewhere.example",
        "\\\\elsewhere.example",
        "javascript:alert(1)",
        "http:///elsewhere.example",
        "/\t/elsewhere.example",
        "elsewhere",
        "/logout",
        "/" + "a" * 3000,
    ],
)
def test_it_sends_nobody_elsewhere(client: Client, charlie: User, to: str) -> None:
    assert sign_in(client, charlie.email, to=to) == "/"


@pytest.mark.parametrize("email", ["charlie@example.com", "nobody@example.com", "eve@example.com", "a@b"])
def test_it_gives_everybody_the_same_refusal(client: Client, charlie: User, eve: User, email: str) -> None:
    answer = client.post("/login", {"email": email, "password": "Wrong-Password-1"})

    assert (answer.status_code, REFUSED in answer.content.decode()) == (401, True)
    assert Session.objects.count() == 0


def test_it_refuses_with_one_sentence_and_keeps_the_email(client: Client, charlie: User) -> None:
    page = sign_in(client, charlie.email, "Wrong-Password-1", to="/account/sessions")

    assert REFUSED in page
    assert 'value="charlie@example.com"' in page
    assert "Wrong-Password-1" not in page
    assert 'name="next" value="/account/sessions"' in page


def test_it_refuses_a_disabled_user_with_the_same_sentence(client: Client, eve: User) -> None:
    assert REFUSED in sign_in(client, eve.email)


@pytest.mark.parametrize("password", ["$(reboot) `id` A1-b", "pässwörd mit Leerzeichen ", "%s{{7*7}}${x} A1"])
def test_it_takes_any_characters_of_a_password(client: Client, charlie: User, password: str) -> None:
    charlie.set_password(password)
    charlie.save()

    assert sign_in(client, charlie.email, password.strip() + "?") != "/"
    assert sign_in(client, charlie.email, password) == "/"


def test_it_gives_the_browser_a_new_session_id(client: Client, charlie: User) -> None:
    session = client.session
    session["planted"] = "by an attacker"
    session.save()

    sign_in(client, charlie.email)

    assert client.session.session_key != session.session_key
    assert "planted" not in client.session


def test_it_sends_on_who_is_signed_in_already(charlie: User, browser_as: BrowserAs) -> None:
    assert browser_as(charlie).get("/login?next=/account/sessions")["Location"] == "/account/sessions"


def test_its_fields_have_labels_and_can_be_filled_by_a_password_manager(client: Client, db: None) -> None:
    page = client.get("/login").content.decode()

    assert '<label for="id_email">E-mail</label>' in page
    assert '<label for="id_password">Password</label>' in page
    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page


def test_a_field_names_its_error(client: Client, db: None) -> None:
    page = client.post("/login", {"email": "", "password": "x"}).content.decode()

    assert 'aria-invalid="true"' in page
    assert 'aria-describedby="id_email_error"' in page
    assert 'id="id_email_error"' in page


def test_it_is_never_cached_and_runs_nothing_inline(client: Client, db: None) -> None:
    answer = client.get("/login")

    assert "no-store" in answer["Cache-Control"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert "style=" not in answer.content.decode()


@pytest.mark.parametrize("size", [3, 30_000, 300_000, 3_000_000])
def test_it_reads_no_file_that_is_sent_along(client: Client, db: None, size: int) -> None:
    file = BytesIO(b"x" * size)

    answer = client.post("/login", {"email": "a@example.com", "password": "x", "file": file})

    status, said = (400, "No files are taken here") if size < 32_768 else (413, "longer than 32768 bytes")
    assert (answer.status_code, said in answer.content.decode()) == (status, True)
    assert answer.wsgi_request._stream.read(1) != b""  # nothing was taken from it


def test_it_refuses_a_megabyte_of_password_at_once(client: Client, db: None) -> None:
    answer = client.post("/login", {"email": "a@example.com", "password": "x" * 1_000_000})

    assert answer.status_code == 413
