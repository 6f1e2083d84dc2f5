"""The texts of ``--help`` in the reader's language: French where they stand in the code, English from ``prose.manual``."""

from collections.abc import Iterator

import typer
from typer import rich_utils
from typer.core import TyperCommand, TyperGroup

from notifier.domain.people import Language
from notifier.prose.manual import ENGLISH, OF_THE_LIBRARY

Command = TyperCommand | TyperGroup


def put_into(language: Language, root: Command) -> None:
    """Every text of the whole tree of commands, and the library's own words."""
    for command in walk(root):
        help_option = command.get_help_option(typer.Context(command))
        command.help = translate(command.help, language)
        for parameter in command.params:
            parameter.help = translate(getattr(parameter, "help", None), language)  # type: ignore[attr-defined]
        if help_option is not None:
            help_option.help = OF_THE_LIBRARY["help"][language is Language.EN]
    rich_utils.REQUIRED_LONG_STRING = OF_THE_LIBRARY["required"][language is Language.EN]
    rich_utils.DEFAULT_STRING = OF_THE_LIBRARY["default"][language is Language.EN]
    rich_utils.COMMANDS_PANEL_TITLE = OF_THE_LIBRARY["commands"][language is Language.EN]


def walk(command: Command) -> Iterator[Command]:
    """The command and all below it."""
    yield command
    for below in getattr(command, "commands", {}).values():
        yield from walk(below)


def translate(text: str | None, language: Language) -> str | None:
    """The English of a French help text; the text itself where there is none."""
    return ENGLISH.get(text, text) if text and language is Language.EN else text
