"""The habits of the house, and for each of them a planted offence, so that no rule can fall asleep."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.house import rules
from tests.house.tree import ROOT

Rule = Callable[[Path], list[str]]

# rule, where the offence is planted, the offence
OFFENCES: list[tuple[Rule, str, str]] = [
    (rules.clock_readings, "notifier/desk/a.py", "from datetime import UTC, datetime\nx = datetime.now(UTC)\n"),
    (rules.clock_readings, "notifier/desk/a.py", "import time as t\nx = t.monotonic\n"),
    (rules.clock_readings, "notifier/desk/a.py", "from time import time\nx = time()\n"),
    (rules.clock_readings, "notifier/lanes.py", "import asyncio\nx = asyncio.get_running_loop().time()\n"),
    (rules.clock_readings, "notifier/practice/a.py", "import datetime\nx = datetime.date.today()\n"),
    (rules.broad_catches, "notifier/desk/a.py", "try:\n    pass\nexcept Exception:\n    pass\n"),
    (rules.broad_catches, "notifier/store/a.py", "try:\n    pass\nexcept:\n    pass\n"),
    (rules.broad_catches, "notifier/store/a.py", "try:\n    pass\nexcept (ValueError, BaseException):\n    pass\n"),
    (rules.broad_catches, "notifier/store/a.py", "import contextlib\nwith contextlib.suppress(Exception):\n    pass\n"),
    (rules.broad_catches, "notifier/lanes.py", "try:\n    pass\nexcept Exception:\n    pass\n" * 4),
    (rules.inner_imports, "notifier/desk/a.py", "def f() -> None:\n    import os\n"),
    (rules.inner_imports, "tests/desk/a.py", "async def f() -> None:\n    from os import path\n"),
    (rules.inner_imports, "notifier/desk/a.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import os\n"),
    (rules.long_modules, "notifier/desk/a.py", "x = 1\n" * 501),
    (rules.vague_names, "notifier/desk/utils.py", ""),
    (rules.vague_names, "notifier/core/a.py", ""),
    (rules.doubles_by_patching, "tests/a.py", "from unittest.mock import patch\n"),
    (rules.doubles_by_patching, "tests/a.py", "def test_a(monkeypatch):\n    monkeypatch.setattr('a.b', 1)\n"),
    (rules.quiet_skips, "tests/a.py", "import pytest\npytest.skip('later')\n"),
    (rules.quiet_skips, "tests/a.py", "import pytest\n@ pytest.mark.skipif(True, reason='')\ndef test_a_b_c(): ...\n"),
    (rules.short_test_names, "tests/a.py", "def test_send(): ...\n"),
    (rules.silent_functions, "notifier/desk/a.py", "def send() -> None:\n    return\n"),
    (rules.silent_functions, "notifier/domain/a.py", "class A:\n    def send(self) -> None:\n        return\n"),
]
RULES = tuple(dict.fromkeys(rule for rule, _, _ in OFFENCES))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps_its_rule(rule: Rule) -> None:
    assert rule(ROOT) == []


@pytest.mark.parametrize(("rule", "where", "text"), OFFENCES)
def test_a_planted_offence_is_found(rule: Rule, where: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / where
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert len(rule(tmp_path)) == 1


def test_what_is_allowed_is_left_alone(tmp_path: Path) -> None:
    allowed = {
        "notifier/clock.py": "import time\nx = time.monotonic()\n",
        "notifier/lanes.py": "import asyncio\ntry:\n    pass\nexcept Exception:\n    asyncio.sleep(1)\n",
        "notifier/store/a.py": "try:\n    pass\nexcept BaseException:\n    x = 1\n    raise\n",
        "notifier/domain/people.py": "class Role:\n    held: str\n\n\ndef _quiet() -> None:\n    return\n",
        "notifier/desk/a.py": '"""A."""\nimport datetime\n\n\ndef send() -> None:\n    """Send."""\n',
        "tests/needs.py": "import pytest\npytest.skip('here only')\n",
        "tests/test_a.py": "def test_a_call_is_made(): ...\n",
    }
    for where, text in allowed.items():
        path = tmp_path / where
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert [found for rule in RULES for found in rule(tmp_path)] == []
