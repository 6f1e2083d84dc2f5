"""What a campaign once found: each input is taken or refused in words, and stays so."""

import io
import logging
import zipfile
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook
from starlette.types import ASGIApp

from notifier.desk.reading import read_lines
from notifier.domain.errors import UnreadableFile
from notifier.web.app import BODY_LIMIT, make_app
from tests.desk.house import ALLA, Ward, open_ward
from tests.fuzz.corpus import LANES, SECRET
from tests.fuzz.doors import ask
from tests.fuzz.mutation import Mutator
from tests.fuzz.sheets import make_workbook
from tests.web.face import everything


@pytest.fixture
async def ward(database_url: str, tmp_path: Path) -> AsyncIterator[Ward]:
    """Alla, whom nobody has called."""
    opened = await open_ward(database_url, tmp_path, [ALLA])
    yield opened
    await opened.desk.store.close()


async def knock(app: ASGIApp, method: str, path: str, query: str = "", body: bytes = b"", **headers: str) -> int:
    """The status of one request."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await ask(app, method, path, query.encode(), named, body, Mutator(1).rng)


@pytest.mark.parametrize("ref", ["9223372036854775807", "9223372036854775808", "9" * 19, "9" * 64, "0"])
async def test_a_receipt_for_an_id_that_no_database_can_hold_is_for_nobody(ward: Ward, ref: str) -> None:
    app = make_app(ward.desk, lanes=LANES)
    assert await knock(app, "GET", "/hooks/router", f"key={SECRET}&ref={ref}&type=8") == 200


@pytest.mark.parametrize("path", ["/hooks/router", "/hooks/nowhere", "/livez", "/r/" + "a" * 22])
@pytest.mark.parametrize(("length", "body"), [("99999999", b"x"), ("", b"x" * (BODY_LIMIT + 1))])
async def test_a_body_that_is_too_large_is_no_accident_of_ours(
    ward: Ward, caplog: pytest.LogCaptureFixture, path: str, length: str, body: bytes
) -> None:
    app, before = make_app(ward.desk, lanes=LANES), await everything(ward)
    with caplog.at_level(logging.ERROR, "notifier"):
        status = await knock(
            app, "POST", path, f"key={SECRET}&from=1&id=1", body, **({"content_length": length} if length else {})
        )
    assert status in (404, 405, 413)
    assert (status == 413) or not length
    assert caplog.records == []
    assert await everything(ward) == before


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("broken", [True, False])
def test_a_workbook_packed_as_none_is_refused(tmp_path: Path, method: int, broken: bool) -> None:
    path = tmp_path / "KER.xlsx"
    with zipfile.ZipFile(io.BytesIO(make_workbook())) as sound, zipfile.ZipFile(path, "w", method) as packed:
        for name in sound.namelist():
            packed.writestr(name, sound.read(name))
    if broken:
        octets = bytearray(path.read_bytes())
        octets[60:90] = bytes(30)
        path.write_bytes(octets)
    with pytest.raises(UnreadableFile) as refused:
        read_lines(path)
    assert refused.value.reason == "kind"


def test_the_end_of_time_is_a_date_like_others(tmp_path: Path) -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append([datetime(9999, 12, 31), datetime(9999, 12, 31, 23, 59, 59)])  # noqa: DTZ001 - a cell has no zone
    book.save(tmp_path / "KER.xlsx")
    assert read_lines(tmp_path / "KER.xlsx") == [["31/12/9999 00:00", "31/12/9999 23:59"]]
