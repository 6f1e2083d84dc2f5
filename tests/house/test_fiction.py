"""Nobody is called by our samples, and nothing says on which machine they were made."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from notifier.domain.people import FICTION_PREFIXES, parse_mail, parse_phone
from tests.house.tree import ROOT, place, text_files

FRENCH = re.compile(r"(?<![\w.+/-])(?:\+33|0033|0)[ .]?[1-9](?:[ .\-\u00a0\u202f]?\d\d){4}(?![\w-])")
MAIL = re.compile(r"(?<![\w.%+-])[A-Za-z0-9._%+-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}")
# Numbers that authorities publish for everybody (15, 112 and 3218 are too short to be taken for a person's).
PUBLISHED = frozenset({"+33972439125"})  # CERT Santé, day and night
DIGITS = "+33123456789"  # the ten digits in a row, which tests write as an alphabet
# With a bracket, so that this file does not accuse itself.
MACHINES = re.compile(r"[/]work/|[/]home/\w|[/]root/|[/]opt/(?:pypi|wheels)|[/]Users/\w")
REGISTRIES = re.compile(r"pypi[.]org|pythonhosted[.]org|registry[.]npmjs|deb[.]debian")


def strangers(root: Path) -> Iterator[str]:
    """French numbers outside ARCEP's fiction blocks, and mail addresses outside the reserved domains."""
    for path, number, line in _lines(root):
        for found in FRENCH.findall(line):
            value = parse_phone(found).value
            if not value.startswith(FICTION_PREFIXES) and value not in PUBLISHED | {DIGITS}:
                yield place(path, root, number)
        for found in MAIL.findall(line):
            if not parse_mail(found).is_fiction:
                yield place(path, root, number)


def addresses_of_machines(root: Path) -> Iterator[str]:
    """Absolute paths of somebody's machine, and package registries."""
    for path, number, line in _lines(root):
        if MACHINES.search(line) or REGISTRIES.search(line):
            yield place(path, root, number)


def _lines(root: Path) -> Iterator[tuple[Path, int, str]]:
    for path in text_files(root):
        text = path.read_bytes().decode("utf-8", errors="replace")
        yield from ((path, number, line) for number, line in enumerate(text.splitlines(), 1))


def test_nobody_is_called_by_our_samples() -> None:
    assert list(strangers(ROOT)) == []


def test_no_file_tells_where_it_was_made() -> None:
    assert list(addresses_of_machines(ROOT)) == []


@pytest.mark.parametrize(
    "line",
    ["06 12" + " 34 56 78", "+336" + "12345678", "0033 1" + " 42.34.56.78", "tel:02" + "-99-12-34-56", "a.b@hopital" + ".fr"],
)
def test_a_stranger_in_a_file_is_found(tmp_path: Path, line: str) -> None:
    (tmp_path / "a.md").write_text(f"Appelez {line} maintenant")
    assert list(strangers(tmp_path)) == ["a.md:1"]


def test_fiction_is_left_alone(tmp_path: Path) -> None:
    lines = [
        "06 39 98 00 12",
        "+33199001234",
        "15, 3218",
        "a@example.org",
        "b@kerlic.example",
        "2026-10-04 22:45",
        "0123456789abcdef",
    ]
    (tmp_path / "a.md").write_text("\n".join(lines))
    assert list(strangers(tmp_path)) == []


@pytest.mark.parametrize("line", ["cd /ho" + "me/alla", "see /wo" + "rk/main", "https://pypi." + "org/simple"])
def test_the_path_of_a_machine_is_found(tmp_path: Path, line: str) -> None:
    (tmp_path / "a.toml").write_text(line)
    assert list(addresses_of_machines(tmp_path)) == ["a.toml:1"]
