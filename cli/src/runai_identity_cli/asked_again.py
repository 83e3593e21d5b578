"""Notice that a cluster may have refused a token that was kept for it.

kubectl asks for a token once and keeps it in memory until the token ends. Before that, client-go runs the plugin again
in the same process only after the cluster answered 401, and tells the plugin nothing of it. So a kubectl that is given
the same token twice was refused with it (seen with 1.20 and 1.36). Other programs may just have asked twice.

Imported whenever kubectl asks: what takes time to import is imported where it is needed.
"""

from __future__ import annotations

import os

from runai_identity_cli.store import Store

PREFIX = "given-"  # the name of a file: the processes that were given one token


def is_asked_again(store: Store, token_id: str) -> bool:
    """Return True if the program that runs us was given this token before; note that it is now."""
    return not store.note(PREFIX + token_id, _asker())


def is_told_first(store: Store, token_id: str) -> bool:
    """Return True if the program that runs us was not yet told that the token is good still; note that it is now."""
    return store.note(PREFIX + token_id, f"{_asker()} told")


def forget_others(store: Store, token_ids: set[str]) -> None:
    """Remove what was noted of tokens that are not kept any more."""
    store.remove_others(PREFIX, {PREFIX + one for one in token_ids})


def _asker() -> str:
    """Name the process that runs us: the machine, its number, and when it began where /proc says so."""
    parent = os.getppid()
    try:
        with open(f"/proc/{parent}/stat", encoding="ascii", errors="replace") as file:
            began = file.read().rpartition(")")[2].split()[19]  # proc(5): the 22nd field, and the name may have spaces
    except (OSError, IndexError):
        began = ""
    return f"{os.uname().nodename} {parent} {began}"
