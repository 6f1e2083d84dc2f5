"""The image's own commands, run by hand: its health check is true of a service that answers, and of nothing else."""

import json
import os
import re
import subprocess
import sys

from tests.cli.shell import Shell, free_port
from tests.house.tree import ROOT

IMAGE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def check_health(port: int) -> int:
    """The HEALTHCHECK's command as Docker runs it, in the environment that the image sets."""
    found = re.search(r"^HEALTHCHECK .*?CMD (\[.*?\])$", IMAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    program, *words = json.loads(found[1])
    assert program == "python"
    environ = {**os.environ, "NOTIFIER_PORT": str(port), "http_proxy": "http://127.0.0.1:1"}  # a hospital's proxy is not asked
    return subprocess.run([sys.executable, *words], env=environ, capture_output=True, timeout=60, check=False).returncode


async def test_the_health_check_is_true_of_a_running_service_only(shell: Shell) -> None:
    async with shell.serving() as service:
        assert check_health(service.port) == 0
    assert check_health(service.port) == 1


def test_a_health_check_fails_where_nobody_listens() -> None:
    assert check_health(free_port()) == 1


def test_the_image_is_not_run_as_root() -> None:
    assert re.search(r"^USER (?!0$|root$)\S+$", IMAGE, re.MULTILINE)
    assert IMAGE.index("\nUSER ") < IMAGE.index("\nENTRYPOINT ")
