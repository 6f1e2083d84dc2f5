"""Instants as the screens show them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from notifier.cli.language import pick_language
from notifier.domain.template import show_clock


def show_moment(instant: datetime, zone: ZoneInfo) -> str:
    """``04/10 22h45``."""
    local = instant.astimezone(zone)
    return f"{local:%d/%m} {show_clock(local, pick_language())}"
