"""How sound messages are spoilt: by a seeded hand that knows what JSON, queries, sheets and workbooks are made of."""

import copy
import io
import json
import random
import re
import warnings
import zipfile
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

TEXTS = (
    "", " ", "\x00", "\ud800", "\udfff\ud800", "\ufeff", "\u202e", "１", "²", "١", "1", "STOP", "null", "NaN", "-1", "1e309",
    "%", "%00",
    "'", '"', ";", "=1+1", "+33639980001", "+", "0" * 30, "9" * 19, "9" * 20, "9" * 5000, "-" + "9" * 19, "9223372036854775807",
    "9223372036854775808", "🙂" * 40, "é" * 300, "a" * 70_000, "\r\n", "../../etc", "{}", "[", "﷽" * 9, "İ", "ß" * 70,
    "\x7f\x1b[2J",
    "06 39 98 00 01", "alla@example.org", "9000000000000001", "#N/A", "31/12/9999 23:59", "01/01/0001 00:00",
    "00/00/0000 99:99", "K1",
)  # fmt: skip
NUMBERS = (
    "0", "-1", "1e309", "-1e309", "NaN", "Infinity", "-Infinity", "9" * 400, "9" * 5000, "-9223372036854775809",
    "18446744073709551616",
    "1.0", "0.5", "1E400", "2147483648", "9007199254740993", "true", "false", "null", "[]", "{}", '""', "-0", "0x1", "1_000",
)  # fmt: skip
# Of a workbook's parts: what stands where, and what may stand there instead; an empty one is any odd text.
XML = (
    (r'(?<=r=")[A-Z]+\d+(?=")', ("XFD1048576", "A0", "ZZZ9", "A1", "a1", "1A", "", "A99999999999", "B2:C3")),
    (r'(?<=t=")\w+(?=")', ("s", "e", "b", "n", "d", "str", "inlineStr", "x", "")),
    (r"(?<=<v>)[^<]*(?=</v>)", (*NUMBERS, "1e300", "2958465.99999", "2958466", "0.9999999", "999999999", "60", "#N/A", "TRUE")),
    (r'(?<=ref=")[^"]*(?=")', ("A1:XFD1048576", "A1", "", "B2:A1", "A1:A99999999999", "::")),
    (r'(?<=s=")\d+(?=")', ("0", "1", "999999", "-1", "x", "99999999999999999999")),
    (r'(?<=formatCode=")[^"]*(?=")', ("yyyy", "[h]:mm", "0;;;", "[$-40C]d", "@", "", "[" * 99, "h:mm:ss.000")),
    (r'(?<=numFmtId=")\d+(?=")', ("14", "22", "46", "0", "999", "-1")),
    (r'(?<=[Cc]ount=")\d+(?=")', ("0", "4294967295", "99999999999999999999", "-1")),
    (r'(?<=Target=")[^"]*(?=")', ("", "/", "../x.xml", "xl/workbook.xml", "worksheets/sheet1.xml", "a" * 999)),
    (r"(?<=<t>)[^<]*(?=</t>)", ("",)),
    (r"<[^>]*>", ("", "<a>", "<!DOCTYPE a [<!ENTITY b 'c'>]>", "<![CDATA[", "&b;", "<c r='A1' t='e'/>", "<" * 50)),
    (r"(?<=encoding=['\"])[^'\"]*", ("utf-16", "latin-1", "x", "")),
)
ENCODINGS = ("utf-16", "utf-16-le", "utf-32", "cp1252", "utf-8-sig", "cp437", "utf-7")
DEEP = 20_000  # brackets inside one another
LONG = 20_000  # characters of a row that is repeated no more: else our own process grows, and not the house's
_RAW, _RAW_ESCAPED = "\ue0aa", r"\\ue0aa"  # marks what is put into JSON as it stands


class Mutator:
    """One hand, one seed."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)

    def spoil(self, octets: bytes) -> bytes:
        """Octets, whatever they mean."""
        rng, kept = self.rng, bytearray(octets)
        for _ in range(rng.choice((1, 1, 2, 5, 30))):
            at, end = sorted((rng.randrange(len(kept) + 1), rng.randrange(len(kept) + 1)))
            match rng.randrange(8):
                case 0 | 1 if kept:
                    kept[at % len(kept)] ^= 1 << rng.randrange(8)
                case 2:
                    del kept[at:]
                case 3:
                    del kept[at : min(end, at + 40)]
                case 4:
                    kept[at:at] = rng.randbytes(rng.choice((1, 2, 8, 64)))
                case 5:
                    kept[at:at] = kept[at:end] * rng.choice((1, 2, 50)) if end - at < 500 else b""
                case 6:
                    kept[at:at] = self.odd_text().encode("utf-8", "surrogatepass")
                case _ if kept:
                    kept[at % len(kept)] = rng.choice(b"\x00\xff\"'{}[],:;\r\n\t\\/&=%<>0")
        return bytes(kept)

    def odd_text(self) -> str:
        """A text that nobody sends on purpose."""
        rng = self.rng
        if rng.random() < 0.7:
            return rng.choice(TEXTS)
        return "".join(
            chr(rng.choice((rng.randrange(128), rng.randrange(0x3000), rng.randrange(0x110000))))
            for _ in range(rng.randrange(12))
        )

    def recode(self, octets: bytes) -> bytes:
        """The same text in another encoding, where it has one."""
        try:
            return octets.decode("utf-8").encode(self.rng.choice(ENCODINGS))
        except (UnicodeDecodeError, UnicodeEncodeError):
            return octets[::-1]

    def spoil_json(self, octets: bytes) -> bytes:
        """JSON whose values change their kind, vanish, double, nest; or that is none any more."""
        draw = self.rng.random()
        if draw < 0.15:
            return self.spoil(octets)
        if draw < 0.2:
            return self.recode(octets)
        if draw < 0.22:
            nest = self.rng.choice(("[", '{"a":', '{"payload":', '{"message":'))
            return (nest * self.rng.randrange(1, DEEP)).encode() + octets
        told = json.loads(octets)
        for _ in range(self.rng.choice((1, 1, 1, 2, 4))):
            told = self._change(told)
        text = json.dumps(told, ensure_ascii=self.rng.random() < 0.8)
        text = re.sub(f'"(?:{_RAW}|{_RAW_ESCAPED})([^"]*?)(?:{_RAW}|{_RAW_ESCAPED})"', r"\1", text)
        if (keys := list(re.finditer(r'("\w+"): ', text))) and self.rng.random() < 0.1:
            key = self.rng.choice(keys)  # twice: which one counts, each reader decides for himself
            text = f"{text[: key.start()]}{key[0]}{self.rng.choice(NUMBERS)}, {text[key.start() :]}"
        octets = text.encode("utf-8", "surrogatepass")
        return self.spoil(octets) if self.rng.random() < 0.05 else octets

    def _change(self, told: Any) -> Any:
        """One change somewhere inside."""
        told, places = copy.deepcopy(told), list[tuple[Any, Any]]()
        _walk(told, places)
        if not places:
            return self._odd_value()
        holder, key = self.rng.choice(places)
        match self.rng.randrange(8):
            case 0:
                del holder[key]
            case 1 if isinstance(holder, dict):
                holder[f"{key}{self.rng.choice(('', ' ', 'x'))}"] = holder[key]
                holder[self.odd_text()] = holder[key]
            case 2:
                other, place = self.rng.choice(places)
                holder[key] = copy.deepcopy(other[place]) if key in holder or isinstance(holder, list) else None
            case 3:
                holder[key] = {"id": holder[key]} if self.rng.random() < 0.5 else [holder[key]]
            case _:
                holder[key] = self._odd_value()
        return told

    def _odd_value(self) -> Any:
        match self.rng.randrange(4):
            case 0 | 1:
                return self.odd_text()
            case 2:
                return f"{_RAW}{self.rng.choice(NUMBERS).replace(chr(34), '')}{_RAW}"
            case _:
                return self.rng.choice((None, True, False, 0, -1, 7, 1 << 62, {}, [], [[]], {"id": 1}, {"a": {"b": [1]}}))

    def spoil_query(self, query: Mapping[str, str]) -> bytes:
        """A query string whose fields are odd, missing, double, or no query any more."""
        fields = list(query.items())
        for _ in range(self.rng.choice((1, 1, 2, 3))):
            at = self.rng.randrange(len(fields)) if fields else 0
            match self.rng.randrange(5):
                case 0 if fields:
                    del fields[at]
                case 1 if fields:
                    fields.insert(self.rng.randrange(len(fields) + 1), (fields[at][0], self.odd_text()))
                case 2:
                    fields.append((self.odd_text(), self.odd_text()))
                case _ if fields:
                    name, value = fields[at]
                    fields[at] = (
                        name,
                        self.spoil(value.encode("utf-8", "replace")).decode("latin-1")
                        if self.rng.random() < 0.3
                        else self.odd_text(),
                    )
        octets = urlencode([(name[:2000], value[:2000]) for name, value in fields], errors="surrogatepass").encode()
        return quote(self.spoil(octets)[:8000], safe="%&=+;?/").encode() if self.rng.random() < 0.15 else octets

    def spoil_csv(self, octets: bytes, delimiter: str = ";") -> bytes:
        """A sheet whose cells, rows, header, delimiters or octets are not what they were."""
        draw = self.rng.random()
        if draw < 0.2:
            return self.spoil(octets)
        if draw < 0.3:
            return self.spoil(self.recode(octets)) if self.rng.random() < 0.5 else self.recode(octets)
        rows = [line.split(delimiter) for line in octets.decode().split("\r\n")]
        for _ in range(self.rng.choice((1, 1, 2, 4))):
            row = self.rng.randrange(len(rows))
            at = self.rng.randrange(len(rows[row]) + 1)
            match self.rng.randrange(9):
                case 0:
                    del rows[row][at:]
                case 1:
                    rows[row].insert(at, self.odd_text())
                case 2:
                    rows.insert(self.rng.randrange(len(rows)), list(self.rng.choice(rows)))
                case 3 if len(rows) > 1:
                    del rows[row]
                case 4:
                    self.rng.shuffle(rows[row])
                case 5:
                    times = self.rng.choice((2, 20, 200))
                    if len(delimiter.join(rows[row])) < LONG:
                        rows[row] = rows[row] * times
                case _ if rows[row]:
                    at %= len(rows[row])
                    odd = self.odd_text()
                    rows[row][at] = self.rng.choice((odd, rows[row][at] + odd, odd + rows[row][at], f'"{odd}"', f'"{odd}'))
        cut = delimiter if self.rng.random() < 0.9 else self.rng.choice(("\t", ",", "|", ":"))
        return self.rng.choice(("\r\n", "\r\n", "\n", "\r")).join(cut.join(row) for row in rows).encode("utf-8", "surrogatepass")

    def spoil_workbook(self, octets: bytes) -> bytes:
        """A workbook whose XML is changed inside, whose archive lies about itself, or whose octets are damaged."""
        draw = self.rng.random()
        if draw < 0.2:
            return self.spoil(octets)
        with zipfile.ZipFile(io.BytesIO(octets)) as packed:
            parts = [(name, packed.read(name)) for name in packed.namelist()]
        for _ in range(self.rng.choice((1, 1, 2, 3))):
            at = self.rng.randrange(len(parts)) if self.rng.random() < 0.4 else self._sheet_of(parts)
            name, text = parts[at]
            match self.rng.randrange(10):
                case 0:
                    parts[at] = name, self.spoil(text)
                case 1:
                    del parts[at]
                case 2:
                    parts.append((name, self.spoil(text)))
                case 3:
                    parts[at] = self.rng.choice((name.upper(), f"/{name}", f"../{name}", "a" * 300, "")), text
                case _:
                    parts[at] = name, self._spoil_xml(text)
            if not parts:
                return b"PK\x03\x04"
        spoilt = self._pack(parts)
        return self.spoil(spoilt) if self.rng.random() < 0.1 else spoilt

    def _sheet_of(self, parts: list[tuple[str, bytes]]) -> int:
        wanted = self.rng.choice(
            ("sheet1.xml", "sheet1.xml", "sharedStrings.xml", "workbook.xml", "styles.xml", "workbook.xml.rels")
        )
        return next((at for at, (name, _) in enumerate(parts) if name.endswith(wanted)), 0)

    def _spoil_xml(self, octets: bytes) -> bytes:
        """One number, place, kind, attribute or element of a part."""
        rng, text = self.rng, octets.decode("utf-8", "replace")
        for _ in range(rng.choice((1, 1, 2, 5))):
            pattern, odd = rng.choice(XML)
            if found := list(re.finditer(pattern, text)):
                one = rng.choice(found)
                text = text[: one.start()] + (rng.choice(odd) or self.odd_text().replace("<", "")) + text[one.end() :]
        return text.encode("utf-8", "surrogatepass")

    def _pack(self, parts: list[tuple[str, bytes]]) -> bytes:
        file = io.BytesIO()
        rare = self.rng.random() < 0.05
        method = self.rng.choice((zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA) if rare else (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED))
        with warnings.catch_warnings(), zipfile.ZipFile(file, "w", method) as packed:
            warnings.simplefilter("ignore")  # the same name twice is what is wanted
            for name, text in parts:
                packed.writestr(name or "x", text)
        return file.getvalue()


def _walk(told: Any, places: list[tuple[Any, Any]]) -> None:
    if isinstance(told, dict):
        for key, value in told.items():
            places.append((told, key))
            _walk(value, places)
    elif isinstance(told, list):
        for at, value in enumerate(told):
            places.append((told, at))
            _walk(value, places)
