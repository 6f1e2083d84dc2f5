"""What a test may lack on a bare machine. In CI (``NOTIFIER_REQUIRE=all``) nothing may be lacking, and a skip is a failure."""

import os
import shutil
from typing import TypeVar

import pytest

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


def need(name: str, found: bool) -> None:
    """Go on when ``found``; else skip, naming what is missing, or fail where everything is required."""
    __tracebackhide__ = True
    if found:
        return
    if os.environ.get("NOTIFIER_REQUIRE") == "all":
        pytest.fail(f"{name} is not on this machine, and NOTIFIER_REQUIRE=all allows no skip", pytrace=False)
    pytest.skip(f"{name} is not on this machine")


def need_program(name: str) -> str:
    """The path of a program, or a skip. Debian keeps daemons in sbin, which an ordinary account's PATH leaves out."""
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    need(name, path is not None)
    return path or ""


def blame_skip(report: Report) -> Report:
    """The report as it is; where everything is required, a skip in it becomes a failure that says why it was skipped."""
    if report.skipped and os.environ.get("NOTIFIER_REQUIRE") == "all":
        report.outcome = "failed"
        report.longrepr = f"skipped, and NOTIFIER_REQUIRE=all allows no skip: {report.longrepr}"
    return report
