"""The words of the roster and phone tree on paper, and of the command that prints them: code to (French, English)."""

SENTENCES: dict[str, tuple[str, str]] = {
    "tree.title": ("Annuaire de crise {clinic} · {name}", "Crisis directory {clinic} · {name}"),
    "tree.private": ("Confidentiel", "Confidential"),
    "tree.at": ("imprimé le {at}", "printed {at}"),
    "tree.until": ("Périmé le {until} : à détruire", "Out of date from {until}: destroy it"),
    "tree.plan": ("planning du {at}", "duty plan of {at}"),
    "tree.no_plan": ("aucun planning", "no duty plan"),
    "tree.tree": ("Arbre d'appel : à appeler d'abord", "Phone tree: call these first"),
    "tree.roster": ("Annuaire par service", "Roster by service"),
    "tree.staffed": ("Numéro tenu jour et nuit :", "Number answered day and night:"),
    "tree.nobody": (
        "Ni poste relais ni responsable : appeler le service dans l'ordre de l'annuaire.",
        "No relay post, nobody responsible: call the service in the order of the roster.",
    ),
    "tree.name": ("Nom", "Name"),
    "tree.role": ("Fonction", "Role"),
    "tree.duty": ("Dans les 24 h", "Within 24 h"),
    "tree.numbers": ("Numéros", "Numbers"),
    "tree.inside": ("réseau interne", "internal network"),
    "tree.slot.poste": ("poste", "shift"),
    "tree.slot.garde": ("garde", "on site"),
    "tree.slot.astreinte": ("astreinte", "on call"),
    "tree.slot.absence": ("absence", "leave"),
    "tree.printed": (
        "{path} : {people} {people:personne ou poste|personnes et postes}",
        "{path}: {people} {people:person or post|people and posts}",
    ),
    "tree.none": (
        "Personne n'est connu : importez d'abord les contacts avec « notifier import ».",
        'Nobody is known: import the contacts first with "notifier import".',
    ),
    "tree.keep": (
        "Les numéros y sont en clair : imprimez, mettez sous clé dans chaque clinique, puis effacez ces fichiers. À refaire chaque jour.",
        "Numbers stand in them in clear: print, lock away in each clinic, then delete these files. Do it anew every day.",
    ),
    "check.paper": ("Annuaires papier : le plus ancien est du {at}", "Paper directories: the oldest is of {at}"),
    "check.paper_late": (
        "▲ L'annuaire papier d'une clinique a plus de 24 h ({at}) : imprimez-les avec « notifier paper --out dossier ».",
        '▲ The paper directory of a clinic is older than 24 h ({at}): print them with "notifier paper --out folder".',
    ),
    "check.no_paper": (
        "▲ Une clinique n'a pas d'annuaire papier : imprimez-les avec « notifier paper --out dossier ».",
        '▲ A clinic has no paper directory: print them with "notifier paper --out folder".',
    ),
}
