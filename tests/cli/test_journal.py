"""``notifier journal verify`` as it is typed, with a head that somebody noted earlier and elsewhere."""

import re
import sqlite3
from contextlib import closing
from functools import partial

from notifier.settings import read_settings
from notifier.store import journal
from notifier.wiring import open_house
from tests.cli.shell import Shell


async def test_threat_14_what_was_cut_off_shows_beside_the_head_that_was_noted(shell: Shell) -> None:
    async with open_house(read_settings({"NOTIFIER_HOME": str(shell.home)}, shell.home)) as house:
        await house.desk.store.write(partial(journal.seal, at=house.desk.clock.now()))
    whole = await shell.call("journal", "verify")
    noted = re.search(r"Empreinte à noter ailleurs : (\d+-[0-9a-f]{16})\n", whole.out)
    assert whole.code == 0
    assert noted is not None
    last = int(noted[1].partition("-")[0])
    assert (await shell.call("journal", "verify", "--head", noted[1])).code == 0
    with closing(sqlite3.connect(shell.home / "notifier.db")) as database, database:
        database.execute("DELETE FROM journal WHERE seq = ?", (last,))
    assert (await shell.call("journal", "verify")).code == 0, "the chain by itself cannot tell"
    found = await shell.call("journal", "verify", "--head", noted[1])
    assert f"altéré à la ligne {last} (cut_off)" in found.sentence
    assert "La valeur de --head n'est pas acceptée" in (await shell.call("journal", "verify", "--head", "12")).sentence
