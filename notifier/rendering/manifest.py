"""``template.toml`` read strictly: a misspelt field is a fault with its name, never a default."""

import json
import tomllib
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from notifier.domain.errors import Fault
from notifier.domain.escalation import Level
from notifier.domain.message import Question
from notifier.domain.people import Channel, Language
from notifier.domain.template import Answer, Labels, Option, PreApproval, Template, TemplateKind, Variable, VariableType
from notifier.domain.toml import read_toml
from notifier.rendering.typesetting import set_words

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,23}$")]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,15}$")]
Said = Annotated[str, Field(min_length=1, max_length=120)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Both(_Strict):
    fr: Said
    en: Said

    @property
    def labels(self) -> Labels:
        return {Language.FR: set_words(self.fr, Language.FR), Language.EN: set_words(self.en, Language.EN)}


class _Option(_Both):
    key: Key


class _Variable(_Strict):
    name: Name
    type: VariableType
    label: _Both
    required: bool = True
    choices: tuple[_Option, ...] = ()
    longest: str = ""
    past: bool = False


class _Answer(_Strict):
    digit: Annotated[int, Field(ge=1, le=9)]
    key: Key
    sms: _Both
    label: _Both
    way_out: bool = False
    deputy: bool = False


class _Ask(_Strict):
    responsible: Question = Question.NONE
    others: Question = Question.NONE


class _Step(_Strict):
    by: Annotated[tuple[Channel, ...], Field(min_length=1)]
    minutes: Annotated[int, Field(ge=1, le=24 * 60)]


class _Ladder(_Strict):
    step: tuple[_Step, ...] = ()
    deputies: str = ""
    cadre: Annotated[str, Field(pattern=r"^[A-Z]{0,5}$")] = ""


class _PreApproved(_Strict):
    by: Said
    on: date
    hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Manifest(_Strict):
    title: _Both
    kind: TemplateKind
    level: Level
    life_minutes: Annotated[int, Field(ge=5, le=7 * 24 * 60)]
    patience_minutes: Annotated[int, Field(ge=1, le=24 * 60)] = 10
    ask: _Ask = _Ask()
    audience: str = ""
    service: Annotated[str, Field(pattern=r"^[A-Z]{0,5}$")] = ""
    deadline: Name | Literal[""] = ""
    vital: bool = False
    protect: bool = False
    keep_accents: bool = False
    once: bool = False
    sms_code: bool = False
    until: Name | Literal[""] = ""
    ladder: _Ladder = _Ladder()
    variable: tuple[_Variable, ...] = ()
    answer: tuple[_Answer, ...] = ()
    preapproved: _PreApproved | None = None


def read_manifest(name: str, text: str, files: dict[str, str]) -> tuple[Template | None, list[Fault]]:
    """The template that ``text`` describes, or the faults that keep it from being one."""
    where = f"{name}/template.toml"
    try:
        read = read_toml(text)
    except tomllib.TOMLDecodeError as refused:
        return None, [Fault(where, "template.toml", (("found", str(refused)),))]
    try:
        manifest = _Manifest.model_validate(read)
    except ValidationError as refused:
        return None, [_fault(where, error) for error in refused.errors()]
    return _build(name, manifest, files | {where: canonical(read)}), []


def canonical(read: dict[str, Any]) -> str:
    """What the hash covers of ``template.toml``: every field but the pre-approval itself, whatever the layout."""
    return json.dumps({k: v for k, v in read.items() if k != "preapproved"}, sort_keys=True, ensure_ascii=False, default=str)


def _fault(where: str, error: Any) -> Fault:
    field = ".".join(str(part) for part in error["loc"])
    code = {"missing": "template.missing_field", "extra_forbidden": "template.unknown_field"}.get(
        error["type"], "template.bad_field"
    )
    found = "" if isinstance(error["input"], dict | list) else str(error["input"])
    return Fault(where, code, (("field", field), ("found", found)))


def _build(name: str, manifest: _Manifest, files: dict[str, str]) -> Template:
    approved = manifest.preapproved
    return Template(
        name=name,
        titles=manifest.title.labels,
        kind=manifest.kind,
        level=manifest.level,
        life=timedelta(minutes=manifest.life_minutes),
        patience=timedelta(minutes=manifest.patience_minutes),
        responsible=manifest.ask.responsible,
        others=manifest.ask.others,
        audience=manifest.audience,
        service=manifest.service,
        deadline=manifest.deadline,
        vital=manifest.vital,
        protect=manifest.protect,
        keep_accents=manifest.keep_accents,
        once=manifest.once,
        sms_code=manifest.sms_code,
        until=manifest.until,
        steps=tuple((step.by, timedelta(minutes=step.minutes)) for step in manifest.ladder.step),
        deputies=manifest.ladder.deputies,
        cadre=manifest.ladder.cadre,
        variables=tuple(map(_variable, manifest.variable)),
        answers=tuple(Answer(a.digit, a.key, a.sms.labels, a.label.labels, a.way_out, a.deputy) for a in manifest.answer),
        preapproved=PreApproval(approved.by, approved.on, approved.hash) if approved else None,
        files=files,
    )


def _variable(read: _Variable) -> Variable:
    options = tuple(Option(option.key, option.labels) for option in read.choices)
    return Variable(read.name, read.type, read.label.labels, read.required, options, read.longest, read.past)
