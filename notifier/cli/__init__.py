"""The command line: one module a command, each read when it is asked for.

What goes wrong is one sentence on stderr, never a traceback.

Exit codes: 0 done; 2 the command or its input is wrong, nothing was changed; 1 refused, not ready, an accident; 130 interrupted.
"""

import errno
import os
import re
import sys
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer
from typer._click import Command, Context
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from notifier import __version__
from notifier.cli import manual
from notifier.cli.language import pick_language
from notifier.domain.errors import BadInput, DiskFull, NotifierError
from notifier.domain.people import Language
from notifier.prose import explain, say

# Name of each command or group, where it stands, and what it does; the order is that of --help.
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("notifier.cli.demo:demo", "Joue une nuit entière sur le réseau d'exercice."),
    "serve": (
        "notifier.cli.serve:serve",
        "Envoie, relance, reçoit les réponses et montre l'état : tout, dans un processus.",
    ),
    "work": ("notifier.cli.serve:work", "Ajoute un processus d'envoi (PostgreSQL seulement)."),
    "send": ("notifier.cli.send:send", "Envoie une alerte à partir d'un modèle."),
    "board": ("notifier.cli.board:board", "Affiche le tableau d'une alerte."),
    "alerts": ("notifier.cli.alerts:alerts", "Liste les alertes."),
    "inbox": ("notifier.cli.inbox:group", "Ce qu'un humain doit lire : les réponses qu'aucune règle ne comprend."),
    "note-answer": (
        "notifier.cli.note_answer:note_answer",
        "Note la réponse d'une personne, donnée par téléphone ou sur papier, à son heure réelle.",
    ),
    "note-team": (
        "notifier.cli.note_team:note_team",
        "Note ce qu'un service a dit de lui par téléphone ou sur papier, à son heure réelle.",
    ),
    "stop": ("notifier.cli.stop:stop", "Arrête l'envoi d'une alerte."),
    "freeze": ("notifier.cli.freeze:freeze", "Gèle tous les envois, à l'instant et sans question ; ce qui attend est gardé."),
    "thaw": ("notifier.cli.freeze:thaw", "Lève le gel : ce qui attend part, sauf ce qui n'est plus vrai."),
    "compensation": ("notifier.cli.compensation:compensation", "Liste qui a été appelé malgré son repos, et par qui."),
    "import": ("notifier.cli.import_:import_", "Importe les contacts et les plannings."),
    "undo-import": (
        "notifier.cli.undo_import:undo_import_",
        "Annule le dernier import : contacts et planning redeviennent ce qu'ils étaient.",
    ),
    "enrol": (
        "notifier.cli.enrol:enrol",
        "Imprime les cartes d'inscription à Telegram, et confirme les comptes qui attendent.",
    ),
    "erase": (
        "notifier.cli.erase:erase",
        "Efface une personne partie ou qui le demande ; les alertes passées gardent leurs nombres.",
    ),
    "check": (
        "notifier.cli.check:check",
        "Contrôle réglages, base, clé et voies, puis les modèles : longueurs, mots interdits, deux langues, approbations.",
    ),
    "paper": (
        "notifier.cli.paper:paper",
        "Imprime par clinique l'annuaire et l'arbre d'appel, à mettre sous clé : qui est prévu, numéros en clair.",
    ),
    "backup": (
        "notifier.cli.backup:backup",
        "Sauvegarde toute la base dans un fichier chiffré, pendant que le service envoie, et le copie ailleurs si c'est réglé.",
    ),
    "restore": (
        "notifier.cli.restore:restore",
        "Remet une sauvegarde dans un dossier vide ; rien ne part avant « notifier thaw ».",
    ),
    "watch": (
        "notifier.cli.watch:watch",
        "Veille un autre notifier, depuis une autre machine, et prévient deux personnes par ses propres voies s'il se tait.",
    ),
    "incident": ("notifier.cli.incident:group", "Ouvrir un incident, réel ou exercice."),
    "journal": ("notifier.cli.journal:group", "La main courante."),
}


STREAMS = 3  # standard input, output and error


def main(arguments: Sequence[str] | None = None, environ: Mapping[str, str] = os.environ) -> None:
    """Run one command and leave with its exit code."""
    _hold_streams()
    sys.exit(run(arguments, environ))


def run(arguments: Sequence[str] | None, environ: Mapping[str, str]) -> int:
    """The exit code of one command; whatever went wrong has been said on stderr in the reader's language."""
    language = pick_language(environ)
    try:
        command = build_command(language)
        code = command.main(
            args=None if arguments is None else list(arguments), prog_name="notifier", standalone_mode=False, obj=language
        )
    except NotifierError as refused:
        return _tell(explain(refused, language), 2 if isinstance(refused, BadInput) else 1)
    except typer.Abort:
        return _tell(say("abandoned", language), 1)
    except typer.TyperException as mistyped:
        return _tell(_usage(mistyped, language), 2)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # `notifier board | head`: the flush at exit must not fail
        return 1
    except Exception as accident:
        if environ.get("NOTIFIER_TRACEBACK"):
            raise
        return _tell(_accident(accident, language), 1)
    return code if isinstance(code, int) else 0


def _hold_streams() -> None:
    """A standard stream that was closed is the null device: else a socket would take its number, which the event loop forbids."""
    while (taken := os.open(os.devnull, os.O_RDWR)) < STREAMS:
        pass
    os.close(taken)


class Front(TyperGroup):
    """All commands by name; the one that is asked for is read then, for reading them all costs seconds of a processor."""

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Command | None, list[str]]:
        """Typer's, with the command itself in place of its line in the list."""
        name, listed, rest = super().resolve_command(ctx, args)
        return name, listed and read_command(str(listed.name), ctx.obj), rest


def build_command(language: Language) -> TyperGroup:
    """The front of the command line, its help in the reader's language."""
    app = typer.Typer(name="notifier", cls=Front, add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
    app.callback()(_root)
    root = get_group(app)
    for name, (_, does) in COMMANDS.items():
        root.add_command(TyperCommand(name, help=does))
    manual.put_into(language, root)
    return root


def read_command(name: str, language: Language) -> TyperCommand | TyperGroup:
    """One command, or one group with its sub-commands."""
    place, does = COMMANDS[name]
    module, _, door = place.partition(":")
    found = getattr(import_module(module), door)
    app = typer.Typer()
    if isinstance(found, typer.Typer):
        app.add_typer(found, name=name, help=does)
    else:
        app.command(name, help=does)(found)
    command = get_group(app).commands[name]
    if not isinstance(command, TyperCommand | TyperGroup):
        raise TypeError(place)
    manual.put_into(language, command)
    return command


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"notifier {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Affiche la version et s'arrête.")
    ] = False,
) -> None:
    """Alerte de crise : joindre les équipes par Telegram, SMS et e-mail quand l'informatique est arrêtée."""


def _tell(sentence: str, code: int) -> int:
    typer.echo(sentence, err=True)
    return code


def _usage(mistyped: typer.TyperException, language: Language) -> str:
    """Typer words its errors in English; ours are made from the facts that it keeps on them."""
    kind = type(mistyped).__name__
    if kind == "NoArgsIsHelpError":
        return str(mistyped)
    parameter = getattr(mistyped, "param", None)
    option = getattr(mistyped, "option_name", None) or (parameter.opts[-1] if parameter is not None else "…")
    context = getattr(mistyped, "ctx", None)
    command = context.command_path if context is not None else "notifier"
    near = tuple(getattr(mistyped, "possibilities", None) or ())
    if unknown := re.match(r"No such command '(.*?)'", str(mistyped)):
        return say("usage.command", language, option=unknown[1], command=command)
    if bound := re.search(r"(greater|less) than or equal to (\S+)", str(mistyped)):
        return say("usage.at_least" if bound[1] == "greater" else "usage.at_most", language, option=option, bound=bound[2])
    known = kind in ("NoSuchOption", "BadOptionUsage", "MissingParameter", "BadParameter")
    return say(f"usage.{kind}" if known else "usage", language, option=option, command=command, near=near)


def _accident(accident: Exception, language: Language) -> str:
    """Which error and where, without its text, which could hold a person's address."""
    if isinstance(accident, OSError) and accident.errno == errno.ENOSPC:
        return explain(DiskFull(path=str(accident.filename or ".")), language)
    frames = traceback.extract_tb(accident.__traceback__)
    ours = [frame for frame in frames if Path(__file__).parent.parent in Path(frame.filename).parents] or frames
    place = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "?"
    return say("unexpected", language, kind=type(accident).__name__, place=place)
