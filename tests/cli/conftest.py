"""A home with the contacts of one clinic and an open incident, made once, copied for each test."""

from pathlib import Path

import pytest

from tests.cli.shell import Shell, move_in
from tests.house.tree import ROOT


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of which each test gets a copy."""
    home = tmp_path_factory.mktemp("model")
    shell = Shell(home)
    contacts = ROOT / "contacts"
    done = shell.run("import", contacts / "group.toml", contacts / "KER.csv", contacts / "KER-shifts.csv")
    assert done.code == 0, done.err
    done = shell.run("incident", "open", "HGX1", "--clinics", "KER")
    assert done.code == 0, done.err
    return home


@pytest.fixture
def shell(model: Path, tmp_path: Path) -> Shell:
    """The command line in a home of this test's own."""
    return move_in(tmp_path / "home", model)
