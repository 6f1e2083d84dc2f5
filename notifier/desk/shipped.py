"""Where the templates and contacts that come with the release are: in the wheel, or at the top of a checkout."""

from pathlib import Path

import notifier
from notifier.domain.errors import UnreadableFile


def shipped(folder: str) -> Path:
    """The folder ``templates`` or ``contacts`` as it was released. Raises UnreadableFile where neither place holds it."""
    package = Path(notifier.__file__).parent
    found = next((path for path in (package / "shipped" / folder, package.parent / folder) if path.is_dir()), None)
    if found is None:
        raise UnreadableFile(str(package / "shipped" / folder), "missing")
    return found
