"""The words behind a command, read by argparse, which prints through our door too."""

from __future__ import annotations

from argparse import ArgumentParser, RawDescriptionHelpFormatter

from runai_identity_cli import terminal
from runai_identity_cli.failures import Usage

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without importing typing while kubectl waits
if TYPE_CHECKING:
    from typing import Any, NoReturn


class Parser(ArgumentParser):
    def __init__(self, program: str, description: str | None) -> None:
        super().__init__(prog=program, description=description, formatter_class=RawDescriptionHelpFormatter)
        self.color = False  # Python 3.14 would write escape sequences

    def print_help(self, file: Any = None) -> None:
        for line in self.format_help().splitlines():
            terminal.out(line)

    def error(self, message: str) -> NoReturn:
        for line in self.format_usage().splitlines():
            terminal.err(line)
        raise Usage(message)
