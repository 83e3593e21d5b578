"""The table of commands, and how every one of them ends."""

from __future__ import annotations

import sys

from runai_identity_cli import terminal
from runai_identity_cli.failures import Failure, Usage

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without importing typing while kubectl waits
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from runai_identity_cli.arguments import Parser

PROGRAM = "runai-identity"
INTERRUPTED = 130

# Words → the module that does it, imported when it is asked for, and what --help says of it.
COMMANDS = {
    "login": ("login", "sign in, in the browser or with a code"),
    "logout": ("logout", "forget the sign-in, and end it at the server with --revoke"),
    "whoami": ("whoami", "who is signed in where"),
    "clusters": ("clusters", "the clusters in which you may do something"),
    "kubeconfig set": ("kubeconfig_set", "let kubectl reach all of them with this sign-in"),
    "get-token": ("get_token", "what kubectl runs to get a token"),
    "token": ("token_print", "print an access token, for a script"),
    "token verify": ("token_verify", "what a cluster would say of a token, rule by rule"),
    "can-i": ("can_i", "whether you may do something, and by which access rules"),
    "doctor": ("doctor", "what is wrong with a cluster's configuration, line by line"),
    "version": ("version", "of this program"),
}


def main(words: Sequence[str] | None = None) -> int:
    """Return the exit code: 0 done, 1 failed, 2 misspelt, 3 not signed in, 4 no answer, 5 refused."""
    try:
        code = _run(list(sys.argv[1:] if words is None else words))
        terminal.flush()  # here, where a reader that went away is still an error of ours
        return code
    except Failure as failure:
        terminal.err(f"{PROGRAM}: {failure}")
        return failure.exit_code
    except KeyboardInterrupt:
        terminal.err()
        terminal.err(f"{PROGRAM}: interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        terminal.close()
        return 1
    except Exception as error:  # its text may be anybody's, and so may a traceback's
        terminal.err(f"{PROGRAM}: This is a fault of {PROGRAM} itself: {_place(error)}. Please report it.")
        return 1


def _place(error: Exception) -> str:
    """Return the kind of an exception, and the line of ours that it came through."""
    place, trace = "", error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if "runai_identity_cli" in file:
            place = f" at {file.rpartition('/')[2]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(error).__name__}{place}"


def _run(words: list[str]) -> int:
    if not words or words[0] in ("-h", "--help", "help"):
        for line in _overview():
            terminal.out(line)
        return 0
    name, arguments = _command(["version"] if words[0] == "--version" else words)
    parser, command = _parser(name)
    args = parser.parse_args(arguments)

    from runai_identity_cli.session import SavedSession

    return int(command.run(args, SavedSession()))


def _command(words: list[str]) -> tuple[str, list[str]]:
    """Return the longest name of a command that stands there, and what follows it."""
    for length in (2, 1):
        name = " ".join(words[:length])
        if name in COMMANDS:
            return name, words[length:]
    longer = [name for name in COMMANDS if name.startswith(f"{words[0]} ")]
    if longer:
        raise Usage(f"{words[0]} takes a second word: {', '.join(longer)}.")
    import difflib

    close = difflib.get_close_matches(words[0], COMMANDS, 1)
    meant = f" Did you mean {close[0]}?" if close else ""
    raise Usage(f"There is no command {words[0]}.{meant} '{PROGRAM} --help' lists them.")


def _parser(name: str) -> tuple[Parser, Any]:
    from importlib import import_module

    from runai_identity_cli.arguments import Parser

    command = import_module(f"runai_identity_cli.{COMMANDS[name][0]}")
    parser = Parser(f"{PROGRAM} {name}", command.__doc__)
    command.add_arguments(parser)
    return parser, command


def _overview() -> list[str]:
    width = max(map(len, COMMANDS))
    return [
        f"{PROGRAM}: sign in once, and work in every cluster that your access rules reach.",
        "",
        *(f"  {name:<{width}}  {text}" for name, (_, text) in COMMANDS.items()),
        "",
        f"'{PROGRAM} COMMAND --help' says more. RUNAI_IDENTITY_PROFILE=NAME keeps another sign-in beside the usual",
        "one, and RUNAI_IDENTITY_SERVER names the server.",
    ]
