"""The name of a download is data in a header: whatever is in it, it is one quoted or encoded name."""

import re
import string
from urllib.parse import unquote

import pytest

from common.downloads import attached, streamed_csv

SHOWN = [f"a{one}b.yaml" for one in (*string.punctuation, " ", "\u00e9", "\u202e", "\U0001f600")]
QUOTED = re.compile(r'attachment; filename="((?:[^"\\]|\\.)*)"')
ENCODED = re.compile(r"attachment; filename\*=utf-8''([!#$&+.^_`|~%A-Za-z0-9-]+)")


def name_in(header: str) -> str:
    if quoted := QUOTED.fullmatch(header):
        return re.sub(r"\\(.)", r"\1", quoted[1])
    encoded = ENCODED.fullmatch(header)
    assert encoded, header
    return unquote(encoded[1])


@pytest.mark.parametrize("name", [*SHOWN, 'a"; filename="b.html', "a; filename*=UTF-8''b", "a\\"])
def test_it_is_read_as_it_was_given(name: str) -> None:
    for answer in (attached(name, ""), streamed_csv(name, [], [])):
        assert name_in(answer["Content-Disposition"]) == name
