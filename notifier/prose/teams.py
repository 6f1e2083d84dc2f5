"""What is said of services as a whole."""

SENTENCES = {
    "teams.unheard": ("Services sans nouvelles ({count}) : {names}", "Services unaccounted for ({count}): {names}"),
    "teams.columns": ("Service|Effectif|Dit par|Heure", "Service|Staff|Said by|Time"),
    "teams.report_columns": ("Patients|Pochette|Tél.", "Patients|Folder|Phones"),
    "teams.yes": ("oui", "yes"),
    "teams.no": ("non", "no"),
    "teams.to_read": ("à lire : texte {number}", "to be read: text {number}"),
    "teams.blocked": ("blocage : texte {number}", "blocked: text {number}"),
    "teams.was_blocked": ("blocage, lu", "blocked, read"),
}
