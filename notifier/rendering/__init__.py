"""Templates into words; a missing word stops the alert before anyone is called."""

from notifier.rendering.freezing import freeze
from notifier.rendering.library import Library, load_library, read_library
from notifier.rendering.linting import Length, Linted, lint_folder, lint_library
from notifier.rendering.stamping import stamp_template

__all__ = [
    "Length",
    "Library",
    "Linted",
    "freeze",
    "lint_folder",
    "lint_library",
    "load_library",
    "read_library",
    "stamp_template",
]
