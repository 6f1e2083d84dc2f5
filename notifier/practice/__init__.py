"""The rehearsal network: a Bot API, SMS gateways and a mail server on loopback, and simulated staff who answer.

It is the outside world: it knows nothing of ours but the clock, and speaks the providers' own protocols, so that the same rooms
talk to it and to the real thing. ``python -m notifier.practice`` runs it in a process of its own.
"""

from notifier.practice.faults import Fault, Faults
from notifier.practice.ledger import Entry, Ledger
from notifier.practice.network import Network, open_network
from notifier.practice.staff import Customs, Given, Habits, Resident, Said, Town

__all__ = [
    "Customs",
    "Entry",
    "Fault",
    "Faults",
    "Given",
    "Habits",
    "Ledger",
    "Network",
    "Resident",
    "Said",
    "Town",
    "open_network",
]
