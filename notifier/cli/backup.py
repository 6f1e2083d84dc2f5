"""``notifier backup``: the whole database in one sealed file, now."""

from notifier.cli.language import show_count, speak
from notifier.cli.opening import in_house, screen
from notifier.desk.keeping import make_backup
from notifier.domain.authority import Actor
from notifier.domain.errors import CopyFailed
from notifier.wiring import House


def backup() -> None:
    """Sauvegarde toute la base dans un fichier chiffré, pendant que le service envoie, et le copie ailleurs si c'est réglé."""

    async def work(house: House, actor: Actor) -> None:
        kept = await make_backup(house.desk, actor)
        facts = {"path": str(kept.path), "size": show_count(-(-kept.size // 1024)), "rows": show_count(kept.rows)}
        screen.print(speak("backup.done", **facts), soft_wrap=True)
        screen.print(speak("backup.key", key=str(house.settings.key_file)), soft_wrap=True)
        if kept.failed is not None:
            raise CopyFailed(path=str(kept.path), reason=kept.failed.value)
        screen.print(speak("backup.copied" if house.desk.backup.copy else "backup.here"), soft_wrap=True)

    in_house(work)
