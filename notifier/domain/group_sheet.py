"""``group.toml`` read: the group, its clinics in order, their services, and what belongs to the attacked network."""

import re
import tomllib
from collections.abc import Mapping

from notifier.domain import gsm
from notifier.domain.columns import tidy
from notifier.domain.errors import BadAddress, Fault
from notifier.domain.people import parse_phone
from notifier.domain.roster import Clinic, Group, Service
from notifier.domain.toml import read_toml

_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]+", re.IGNORECASE)
_RANGE = re.compile(r"\+[1-9]\d{4,13}")  # the first digits of E.164 numbers


def read_group(text: str, name: str) -> tuple[Group | None, list[Fault]]:
    """The group as ``text`` tells it, with every fault; None where the file is no TOML."""
    try:
        told = read_toml(text)
    except tomllib.TOMLDecodeError as broken:
        line = re.search(r"line (\d+)", str(broken))
        return None, [Fault(name, "import.toml", (("line", line[1] if line else "1"),))]
    faults: list[Fault] = []
    clinics = [_Reader(table, f"{name}, clinic {number}", faults).clinic() for number, table in _tables(told.get("clinic"))]
    if not clinics and not faults:
        faults.append(Fault(name, "import.no_clinic"))
    for names in ([clinic.code for clinic in clinics], [clinic.sms_name for clinic in clinics]):
        twice = sorted({each for each in names if each and names.count(each) > 1})
        faults += [Fault(name, "import.clinic_twice", (("value", each),)) for each in twice]
    return Group(_Reader(told, name, faults).name() if clinics else "", tuple(clinics)), faults


class _Reader:
    """One table while it is read; faults are noted and reading goes on, so that all are named at once."""

    def __init__(self, table: Mapping[str, object], where: str, faults: list[Fault]) -> None:
        self._table, self._where, self._faults = table, where, faults

    def name(self) -> str:
        return self._text("name", 60)

    def clinic(self) -> Clinic:
        code = self._text("code", 8)
        services = [
            _Reader(table, f"{self._where}, service {number}", self._faults).service(code)
            for number, table in _tables(self._table.get("service"))
        ]
        for twice in sorted({s.code for s in services if sum(t.code == s.code for t in services) > 1}):
            self._fault("service", "import.clinic_twice", value=twice)
        ranges = self._texts("pbx_ranges", _RANGE, "import.range")
        return Clinic(
            code=code,
            name=self._text("name", 60),
            city=self._text("city", 40),
            kind=str(self._table.get("kind", "")),
            sms_name=self._text("sms_name", 6, sms=True),
            in_band_domains=tuple(domain.lower() for domain in self._texts("in_band_domains", _DOMAIN, "import.domain")),
            pbx_ranges=ranges,
            staffed_number=self._number("staffed_number", ranges),
            services=tuple(services),
        )

    def service(self, clinic: str) -> Service:
        return Service(
            clinic=clinic,
            code=self._text("code", 8),
            name=self._text("name", 60),
            sms_name=self._text("sms_name", 5, sms=True),
            responsible_role=self._text("responsible_role", 16),
            need=self._need(),
        )

    def _fault(self, key: str, code: str, **facts: str) -> None:
        self._faults.append(Fault(f"{self._where}, {key}", code, (("column", key), *facts.items())))

    def _text(self, key: str, longest: int, *, sms: bool = False) -> str:
        value = self._table.get(key)
        text = tidy(value) if isinstance(value, str) else ""
        if not text:
            self._fault(key, "import.empty")
            return ""
        if (gsm.segments(text).units if sms else len(text)) > longest:  # in a text message "[" takes two places
            self._fault(key, "import.long", longest=str(longest))
        if sms and not gsm.is_gsm(text):
            self._fault(key, "import.not_gsm")
        return text

    def _texts(self, key: str, form: re.Pattern[str], code: str) -> tuple[str, ...]:
        """A list, which must be there: a clinic that forgot its domains would count hospital mail as a way out."""
        value = self._table.get(key)
        if not isinstance(value, list):
            self._fault(key, "import.list")
            return ()
        if any(not isinstance(item, str) or not form.fullmatch(item) for item in value):
            self._fault(key, code)
        return tuple(str(item) for item in value)

    def _number(self, key: str, ranges: tuple[str, ...]) -> str:
        told = str(self._table.get(key, ""))
        try:
            number = parse_phone(told).value if told else ""
        except BadAddress:
            self._fault(key, "import.phone")
            return ""
        if number.startswith(ranges) and ranges and number:
            self._fault(key, "import.staffed_in_band")
        return number

    def _need(self) -> dict[str, int]:
        need = self._table.get("need", {})
        if not isinstance(need, dict) or any(not isinstance(n, int) or isinstance(n, bool) or n < 0 for n in need.values()):
            self._fault("need", "import.need")
            return {}
        return {str(shift): int(count) for shift, count in need.items()}


def _tables(value: object) -> list[tuple[int, Mapping[str, object]]]:
    return [(n, item) for n, item in enumerate(value, 1) if isinstance(item, dict)] if isinstance(value, list) else []
