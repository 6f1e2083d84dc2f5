"""At the door: harm costs, good acts do not, and strangers in a flood wait rather than staff."""

from notifier.web.gate import PER_SOURCE, REMEMBERED, SOURCE_REFILL, TOGETHER, Gate


def test_a_source_that_only_harms_is_turned_away_and_comes_back_in_time() -> None:
    gate = Gate()
    for _ in range(int(PER_SOURCE)):
        assert gate.admits("192.0.2.1", 10.0)
        gate.blame("192.0.2.1", 10.0)
    assert not gate.admits("192.0.2.1", 10.0)
    assert gate.admits("192.0.2.2", 10.0)
    assert gate.admits("192.0.2.1", 10.0 + 1 / SOURCE_REFILL)


def test_good_acts_are_free_of_charge() -> None:
    gate = Gate()
    for _ in range(100_000):
        assert gate.admits("192.0.2.1", 10.0)
        gate.trust("192.0.2.1", 10.0)


def test_in_a_flood_from_everywhere_known_good_sources_are_let_in() -> None:
    gate = Gate()
    gate.trust("192.0.2.1", 10.0)
    for number in range(int(TOGETHER)):
        gate.blame(f"198.51.100.{number}", 10.0)
    assert not gate.admits("192.0.2.2", 10.0)
    assert gate.bears("192.0.2.2", 10.0)  # what is signed is still looked at
    assert gate.admits("192.0.2.1", 10.0)
    assert not gate.admits("192.0.2.1", 10.0 + 3600) or gate.admits("192.0.2.2", 10.0 + 3600)


def test_the_memory_of_sources_is_bounded() -> None:
    gate = Gate()
    for number in range(REMEMBERED + 500):
        gate.blame(str(number), 10.0)
        gate.trust(str(number), 10.0)
    assert len(gate._sources) == len(gate._good) == REMEMBERED
