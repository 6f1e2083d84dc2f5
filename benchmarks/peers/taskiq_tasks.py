"""taskiq's broker, on Redis."""

from taskiq_redis import RedisStreamBroker

from benchmarks.peers.driving import REDIS
from benchmarks.peers.message import send_and_record_async

broker = RedisStreamBroker(url=REDIS)


@broker.task(task_name="deliver")
async def deliver(number: int) -> None:
    """One message, recorded."""
    await send_and_record_async(number)
