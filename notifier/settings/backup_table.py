"""The ``[backup]`` table: how often, where, how many are kept, and the command that copies each one to a second place."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from notifier.domain.errors import Fault
from notifier.domain.keeping import FILE, BackupPlan
from notifier.settings.faults import field_faults

WHERE = "[backup]"


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    folder: str = ""
    every_minutes: Annotated[int, Field(ge=1, le=1440)] | None = None
    keep: Annotated[int, Field(ge=1, le=10_000)] = 24
    copy_: Annotated[list[str], Field(alias="copy")] = []


def read_backup(table: object, folder: Path, home: Path, faults: list[Fault]) -> BackupPlan:
    """The plan; relative paths start at ``folder``, and without one backups go into ``home``/backups."""
    try:
        form = _Table.model_validate(table)
    except ValidationError as refused:
        known = tuple(field.alias or name for name, field in _Table.model_fields.items())
        faults.extend(field_faults(refused, where=WHERE, known=known))
        return BackupPlan()
    if form.copy_ and not any(FILE in word for word in form.copy_):
        faults.append(Fault(f"{WHERE}, copy", "copy_file", (("file", FILE),)))
    every = None if form.every_minutes is None else timedelta(minutes=form.every_minutes)
    place = (folder / form.folder).resolve() if form.folder else home / "backups"
    return BackupPlan(str(place), every, form.keep, tuple(form.copy_))
