"""What pydantic found, as faults with our codes: stable, translated, and free of the values that were typed."""

import difflib
from collections.abc import Iterator, Mapping, Sequence

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from notifier.domain.errors import Fault

_CODES = {
    "missing": "missing_key",
    "enum": "bad_choice",
    "literal_error": "bad_choice",
    "greater_than": "too_small",
    "greater_than_equal": "too_small",
    "less_than_equal": "too_large",
    "int_parsing": "bad_number",
    "int_type": "bad_number",
    "int_from_float": "bad_number",
    "float_parsing": "bad_number",
    "float_type": "bad_number",
    "finite_number": "bad_number",
    "bool_parsing": "bad_flag",
    "bool_type": "bad_flag",
    "list_type": "bad_list",
    "dict_type": "bad_table",
    "model_type": "bad_table",
}
_LIMITS = ("gt", "ge", "le")


def unknown(code: str, name: str, known: Sequence[str], where: str = "") -> Fault:
    """A key or variable that does not exist, with the nearest that do."""
    near = difflib.get_close_matches(name, known, n=2, cutoff=0.7)
    return Fault(where or name, code, (("key", name), ("near", ",".join(near))))


def field_faults(
    refused: ValidationError,
    *,
    where: str,
    known: Sequence[str],
    choices: Mapping[str, Sequence[str]] | None = None,
) -> Iterator[Fault]:
    """One fault per field that pydantic refused. Messages and inputs of pydantic are left behind: they could hold a secret."""
    for found in refused.errors(include_url=False, include_input=False):
        key = str(found["loc"][0]) if found["loc"] else ""
        place = f"{where}, {key}" if where else key
        if found["type"] == "extra_forbidden":
            yield unknown("unknown_key", key, known, place)
        else:
            yield Fault(place, _CODES.get(found["type"], _own(found)), _facts(found, key, choices or {}))


def _own(found: ErrorDetails) -> str:
    """Our own validators name their code themselves; any other refusal of pydantic's is about the kind of value."""
    return found["type"] if "ours" in found.get("ctx", {}) else "bad_text"


def _facts(found: ErrorDetails, key: str, choices: Mapping[str, Sequence[str]]) -> tuple[tuple[str, str], ...]:
    context = found.get("ctx", {})
    limit = [("limit", f"{context[name]:g}") for name in _LIMITS if name in context]
    own = [(name, str(value)) for name, value in context.items() if "ours" in context and name != "ours"]
    return (("key", key), ("known", ", ".join(choices.get(key, ()))), *limit, *own)
