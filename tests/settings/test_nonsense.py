"""Whatever a settings file holds, the answer is settings or faults, never an accident."""

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.errors import Fault
from notifier.prose import SENTENCES
from notifier.settings.lane_tables import GATEWAYS, read_lanes
from notifier.settings.values import is_loopback, split_mail_host, split_url
from notifier.settings.variables import Variables

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.dates()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)
KEYS = ("name", "channel", "gateway", "network", "address", "per_second", "window", "sender", "role", "credentials", "options")
LIKELY = st.sampled_from([*GATEWAYS, "live", "practice", "sms", "http://[", "127.0.0.1:0", "a@b@c", "//", "+33", "1" * 40])
TABLES = st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=8), VALUES | LIKELY, max_size=12)


@given(tables=VALUES | st.lists(TABLES | VALUES, max_size=3))
def test_any_lane_table_gives_lanes_or_faults(tables: Any) -> None:
    faults: list[Fault] = []
    lanes = read_lanes(tables, Path(), Variables({}, Path(), faults), faults)
    assert all(fault.code in SENTENCES for fault in faults)
    if isinstance(tables, list):
        assert faults or len(lanes) == len(tables)


@given(st.text(max_size=40) | LIKELY)
def test_any_address_is_read_or_refused(text: str) -> None:
    parts = split_url(text)
    assert parts is None or parts.hostname
    post = split_mail_host(text)
    assert post is None or 0 < post[1] < 65536
    assert isinstance(is_loopback(text), bool)
