"""A new key is taken into use (threat 10): what the first one sealed opens as ever, what comes is sealed by the second."""

import base64
import json
from pathlib import Path

import pytest
from sqlalchemy import select

from notifier.desk.keeping import write_backup
from notifier.desk.restoring import inspect_backup
from notifier.domain.errors import WrongKey
from notifier.store import tables
from notifier.vault import read_key
from tests.faults.post import Post, open_post, staff


async def test_threat_10_a_new_key_in_the_middle_of_an_alert_costs_nobody_a_message(database_url: str, tmp_path: Path) -> None:
    async with open_post(database_url, tmp_path, staff(40), ["sms"]) as post:
        old = read_key(tmp_path / "key")
        await post.send()
        async with post.at_work():
            await post.until(lambda: len(post.told()) >= 5)
        assert len(post.told()) < 40, "it was in the middle"
        _add_key(tmp_path / "key")
        post.ward.desk.vault = read_key(tmp_path / "key")
        async with post.at_work():
            await post.until_told()
            await post.send()
            await post.until_told()
            await post.until_ended()
        assert await post.lists() == {}
        for alert in ("HGX1-01", "HGX1-02"):
            assert sorted(post.copies("sms", alert=alert).values()) == [1] * 40
        assert await _sealed_by(post) == {"HGX1-01": {1}, "HGX1-02": {2}}
        await write_backup(post.ward.desk, tmp_path / "a.backup")
        assert inspect_backup(tmp_path / "a.backup", post.ward.desk.vault).rows["recipients"] == 80
        with pytest.raises(WrongKey):
            inspect_backup(tmp_path / "a.backup", old)


def _add_key(path: Path) -> None:
    told = json.loads(path.read_text())
    path.write_text(json.dumps({"active": 2, "keys": {**told["keys"], "2": base64.b64encode(bytes(range(32))).decode()}}))


async def _sealed_by(post: Post) -> dict[str, set[int]]:
    """The keys by which each alert's names are sealed."""
    query = select(tables.alerts.c.code, tables.recipients.c.name_sealed).where(tables.alerts.c.id == tables.recipients.c.alert)
    found: dict[str, set[int]] = {}
    for code, sealed in await post.ward.desk.store.read(lambda tx: tx.execute(query).all()):
        found.setdefault(code, set()).add(sealed[0])
    return found
