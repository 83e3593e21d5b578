import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READ = re.compile(
    r"(?:secret|optional_secret|positive|flag|address|text|env\.\w+|environ\.get|environ)[(\[]\s*\"([A-Z][A-Z_]+)\""
)
OF_REQUESTS = {"REMOTE_ADDR", "HTTP_X_FORWARDED_FOR"}  # asgi.py reads their environ too (PEP 3333)
READERS = (
    "runai_identity/settings.py",
    "runai_identity/databases.py",
    "runai_identity/local.py",
    "runai_identity/local_address.py",
    "runai_identity/local_tls.py",
    "runai_identity/asgi.py",
    "runai_identity/tracing/configured.py",
    "runai_identity/serve.py",
    "runai_identity/telling.py",
    "runai_identity/welcome.py",
    "runai_identity/management/commands/bootstrap.py",
)


def variables_read() -> set[str]:
    found = {name for file in READERS for name in READ.findall((ROOT / file).read_text())}
    return {name.removesuffix("_FILE") for name in found} - {"DJANGO_SETTINGS_MODULE", *OF_REQUESTS}


def variables_documented() -> set[str]:
    page = (ROOT / "docs/configuration.md").read_text()
    return {name.removesuffix("_FILE") for name in re.findall(r"^\| `([A-Z][A-Z_]+)` \|", page, re.MULTILINE)}


def test_every_variable_that_is_read_is_documented_and_no_other() -> None:
    assert variables_read() == variables_documented()
