"""Bodies that are too much of something: names, values, depth, length. For each length that some limit lets pass."""

from collections.abc import Callable
from urllib.parse import urlencode

FORM, JSON, MULTIPART = "application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=x"
LENGTHS = (16_000, 32_000, 255_000)
PART = '--x\r\nContent-Disposition: form-data; name="a"'


def _many(one: str, length: int) -> str:
    """So many of it, numbered, as fit, with commas between them."""
    return ",".join(one.replace("#", f"{number:x}") for number in range(length // (len(one) + 5)))


def _padded(text: str, length: int) -> str:
    return text + "1" * (length - len(text))


JSON_BODIES: dict[str, Callable[[int], str]] = {
    "names": lambda n: "{" + _many('"clie#":1', n) + "}",
    "names like those there are": lambda n: "{" + _many('"clientSecre#":1', n) + "}",
    "names beside a grant": lambda n: '{"grantType":"password",' + _many('"refreshclientsecretid#":1', n - 30) + "}",
    "objects": lambda n: '{"grantType":[' + ",".join(['{"":[[]]}'] * (n // 10 - 4)) + "]}",
    "lists": lambda n: '{"a":[' + ",".join(["[]"] * (n // 3 - 4)) + "]}",
    "numbers": lambda n: '{"a":[' + ",".join("1" * (n // 2 - 6)) + "]}",
    "depth": lambda n: "[" * n,
    "depth that ends": lambda n: "[" * (n // 2) + "]" * (n // 2),
    "a long name": lambda n: '{"' + "clientSecret" * (n // 12 - 2) + '":1}',
    "a long text": lambda n: '{"grantType":"' + "\\u0041" * (n // 6 - 4) + '"}',
    "a long number": lambda n: '{"grantType":' + "1" * 4200 + "}",
    "no JSON": lambda n: "x" * n,
}
FORM_BODIES: dict[str, Callable[[int], str]] = {
    "fields": lambda n: "&".join(f"a{number:x}=" for number in range(min(999, n // 6))),
    "long fields": lambda n: "&".join(f"a{number}=" + "%41" * (n // 300 - 3) for number in range(100)),
    "a long field": lambda n: "grant_type=" + "%41" * (n // 3 - 5),
    "a long name": lambda n: "%41" * (n // 3 - 5) + "=1",
    "words": lambda n: urlencode({"scope": "a " * (n // 2 - 6), "prompt": "b"}),
    "one field often": lambda n: "&".join(["email=x"] * min(999, n // 8)),
}
FILES: dict[str, Callable[[int], str]] = {
    "fields": lambda n: "".join(f"{PART}\r\n\r\n{number}\r\n" for number in range(min(999, n // 60))) + "--x--",
    "a file": lambda n: _padded(f'{PART}; filename="a"\r\n\r\n', n) + "\r\n--x--",
    "base64": lambda n: f'{PART}; filename="a"\r\nContent-Transfer-Encoding: base64\r\n\r\n' + "AAA\n" * (n * 20 // 4),
    "a long head": lambda n: PART + 'a="' * (n // 3),
}
BODIES = {
    f"{kind.partition(';')[0]}, {much}, {length}": (kind, body(length).encode())
    for kind, bodies in ((JSON, JSON_BODIES), (FORM, FORM_BODIES), (MULTIPART, FILES))
    for much, body in bodies.items()
    for length in LENGTHS
}
