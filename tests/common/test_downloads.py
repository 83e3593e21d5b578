"""The name of a download is data in a header: whatever is in it, it is one quoted or encoded name."""

import email.message

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.downloads import attached, streamed_csv

NAMES = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=30)


def name_in(header: str) -> str:
    message = email.message.Message()
    message["Content-Disposition"] = header
    assert message.get_content_disposition() == "attachment"
    return message.get_filename("")


@given(NAMES)
def test_it_is_read_as_it_was_given(name: str) -> None:
    asked = f"{name}.yaml"
    for answer in (attached(asked, ""), streamed_csv(asked, [], [])):
        assert name_in(answer["Content-Disposition"]) == asked


@pytest.mark.parametrize("name", ['a"; filename="b.html', "a; filename*=UTF-8''b", "a\\"])
def test_it_names_one_file(name: str) -> None:
    assert name_in(attached(name, "")["Content-Disposition"]) == name
