"""How many examples a property gets: all in a full soak, a twentieth in a short one, a hundredth in ``make test``."""

from hypothesis import settings

from tests.soak.effort import effort

LEAST = 20  # examples, however few the hundredth is


def examples(full: int) -> settings:
    """The decorator of a property that a full soak tries so many times."""
    return settings(max_examples=effort(test=max(LEAST, full // 100), short=full // 20, full=full))
