"""Numbers in texts of others."""

LONGEST = 15


def whole_number(text: str) -> int | None:
    """Return the number that ASCII digits write, None for any other text.

    Also for more digits than any number has that is asked for: Python converts no more than 4,300, and raises then.
    `str.isdigit` says yes to superscripts too, which `int` does not read.
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST else None
