"""The organisation's templates, read once at start. What an operator types is data and never comes here."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from jinja2.exceptions import UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from notifier.domain.errors import BadTemplate, Fault, MissingWords, UnknownTemplate, UnreadableFile
from notifier.domain.people import Channel, Language
from notifier.domain.template import Template
from notifier.rendering.manifest import read_manifest
from notifier.rendering.syntax import FLAGS, FRAME_FLAGS, FRAME_WORDS, WORDS, Names, check_syntax, make_environment
from notifier.rendering.typesetting import set_source

FRAME = "_frame"
SUBJECT = "email.subject.txt"
FILES = ("sms.txt", "telegram.html", "email.txt", SUBJECT)
FILE_OF = {Channel.SMS: "sms.txt", Channel.TELEGRAM: "telegram.html", Channel.EMAIL: "email.txt"}
LARGEST = 16 * 1024  # octets of one file; the longest message is 4,096 characters


@dataclass(frozen=True, slots=True)
class Library:
    """Every template by name, and the environment that renders their files."""

    path: Path
    templates: Mapping[str, Template]
    environment: ImmutableSandboxedEnvironment = field(repr=False)

    def template(self, name: str) -> Template:
        """Raises UnknownTemplate, with the names that come near."""
        found = self.templates.get(name)
        if found is None:
            raise UnknownTemplate(name, tuple(difflib.get_close_matches(name, self.templates, 3, 0.5)))
        return found

    def render(self, template: str, path: str, words: Mapping[str, object]) -> str:
        """One file with these words. Raises MissingWords where it names one that is not there."""
        try:
            return self.environment.get_template(path).render(words)
        except UndefinedError as refused:
            raise MissingWords(template, (str(refused.message),)) from refused


def load_library(path: Path) -> Library:
    """The library of a folder. Raises BadTemplate with every fault that keeps a template from being used, UnreadableFile."""
    library, faults = read_library(path)
    if faults:
        raise BadTemplate(tuple(faults))
    return library


def read_library(path: Path) -> tuple[Library, list[Fault]]:
    """What can be read of a folder, and every fault of what cannot. Raises UnreadableFile where there is no folder."""
    if not path.is_dir():
        raise UnreadableFile(str(path), "missing")
    faults: list[Fault] = []
    frames = {f"{FRAME}/{name}": text for name, text in _read_folder(path / FRAME, FRAME, faults).items()}
    for where, source in frames.items():
        faults += check_syntax(where, source, Names(FRAME_WORDS, FRAME_FLAGS))
    templates: dict[str, Template] = {}
    sources = dict(frames)
    for folder in sorted(path.iterdir()):
        if not folder.is_dir() or folder.name.startswith((".", FRAME)):
            continue
        template, found = _read_template(folder, frames)
        faults += found
        if template is not None:
            templates[template.name] = template
            sources |= {where: text for where, text in template.files.items() if not where.endswith(".toml")}
    if not templates and not faults:
        faults.append(Fault(str(path), "template.none"))
    if any(fault.where.startswith(FRAME) for fault in faults):
        templates, sources = {}, {}  # nothing can be sent without its frame
    return Library(path, templates, make_environment({where: set_source(where, text) for where, text in sources.items()})), faults


def _read_template(folder: Path, frames: dict[str, str]) -> tuple[Template | None, list[Fault]]:
    name = folder.name
    faults: list[Fault] = []
    files = {f"{name}/{path}": text for path, text in _read_folder(folder, name, faults).items()}
    manifest = _read_file(folder / "template.toml", f"{name}/template.toml", faults)
    if manifest is None:
        return None, faults
    template, found = read_manifest(name, manifest, frames | files)
    faults += found
    if template is None:
        return None, faults
    known = Names(
        WORDS | {word for variable in template.variables for word in variable.words if word != variable.flag},
        FLAGS | {variable.flag for variable in template.variables},
    )
    for where, source in files.items():
        faults += check_syntax(where, source, known)
    return (None, faults) if faults else (template, [])


def _read_folder(folder: Path, name: str, faults: list[Fault]) -> dict[str, str]:
    """The eight files, by language and name; a file that is missing or too many is a fault."""
    files = {}
    for language in Language:
        for file in FILES:
            text = _read_file(folder / language / file, f"{name}/{language}/{file}", faults)
            if text is not None:
                files[f"{language}/{file}"] = text
    wanted = {f"{language}/{file}" for language in Language for file in FILES} | {"template.toml"}
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        where = path.relative_to(folder).as_posix()
        if path.is_file() and where not in wanted and not path.name.startswith("."):
            faults.append(Fault(f"{name}/{where}", "template.stray_file"))
    return files


def _read_file(path: Path, where: str, faults: list[Fault]) -> str | None:
    try:
        if path.stat().st_size > LARGEST:
            faults.append(Fault(where, "template.too_large", (("largest", str(LARGEST)),)))
            return None
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        faults.append(Fault(where, "template.missing_file"))
        return None
    except (OSError, UnicodeDecodeError):
        faults.append(Fault(where, "template.unreadable"))
        return None
    if not text.strip():
        faults.append(Fault(where, "template.empty"))
    return text
