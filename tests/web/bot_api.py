"""A Bot API of one bot: it holds polls, confirms by offset as Telegram does, and keeps what it was told."""

import asyncio
import json
from dataclasses import dataclass, field

from tests.channels.sinks import Request, raw


@dataclass
class BotApi:
    """Give it updates with ``press``; ``told`` is what buttons were answered."""

    updates: list[dict[str, object]] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)  # callback id, text
    offsets: list[int] = field(default_factory=list)
    conflicts: bool = False
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _answered: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, request: Request, writer: asyncio.StreamWriter) -> bool:
        """One call."""
        match request.path.rpartition("/")[2]:
            case "getUpdates" if self.conflicts:
                status, answer = 409, {"ok": False, "error_code": 409, "description": "Conflict: terminated by other getUpdates"}
            case "getUpdates":
                status, answer = 200, {"ok": True, "result": await self._hold(int(request.form["offset"]))}
            case "answerCallbackQuery":
                self.told.append((request.form["callback_query_id"], request.form["text"]))
                self._answered.set()
                status, answer = 200, {"ok": True, "result": True}
            case _:
                status, answer = 404, {"ok": False, "error_code": 404, "description": "Not Found"}
        writer.write(raw(status, json.dumps(answer).encode()))
        await writer.drain()
        return True

    async def _hold(self, offset: int) -> list[dict[str, object]]:
        self.offsets.append(offset)
        self.updates = [update for update in self.updates if int(str(update["update_id"])) >= offset]
        while not self.updates:
            self._news.clear()
            await self._news.wait()
        return list(self.updates)

    def bring(self, *updates: dict[str, object]) -> None:
        """These have happened."""
        self.updates += updates
        self._news.set()

    async def answered(self, count: int) -> list[str]:
        """The texts, once so many buttons have been answered."""
        async with asyncio.timeout(10):
            while len(self.told) < count:
                self._answered.clear()
                await self._answered.wait()
        return [text for _, text in self.told]


def press(number: int, data: object, sender: int, *, kind: str = "private") -> dict[str, object]:
    """A button, pressed by ``sender`` in a chat of this kind."""
    chat = {"id": sender if kind == "private" else -1000, "type": kind}
    query = {
        "id": f"c{number}",
        "from": {"id": sender, "is_bot": False, "first_name": "Alla"},
        "chat_instance": "1",
        "data": data,
        "message": {"message_id": 1, "date": 0, "chat": chat},
    }
    return {"update_id": number, "callback_query": query}
