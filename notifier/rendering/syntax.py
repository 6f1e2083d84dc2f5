"""What a template file may contain: words, declared names, two filters, and ``if`` on declared flags. Nothing loops or calls.

A sandbox alone does not do: ``{{ 'x'.ljust(900000000) }}`` renders 900 MB under Jinja's strictest one in two seconds, and the
work is in C where no timer reaches it.
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.loaders import DictLoader
from jinja2.sandbox import ImmutableSandboxedEnvironment

from notifier.domain.errors import Fault

DEEPEST = 20  # ifs, nots and filters inside one another, an elif for one: Python gives up at a hundred
FILTERS = frozenset({"upper", "lower"})
# What every message may use, frame and body.
WORDS = frozenset({"clinic", "service", "reference", "sent_at", "staffed_number"})
FLAGS = frozenset(
    {"exercise", "two_way", "has_service", "has_staffed", "has_before", "asks", "asks_read", "asks_done", "asks_choices"}
)
FRAME_WORDS = WORDS | {"mark", "alarm", "level", "title", "body", "answers", "before", "code", "name", "link"}
FRAME_FLAGS = FLAGS | {"links"}


def make_environment(sources: dict[str, str]) -> ImmutableSandboxedEnvironment:
    """An environment that knows these files and nothing else: no globals, no tests, no loader from disk."""
    environment = ImmutableSandboxedEnvironment(
        loader=DictLoader(sources),
        undefined=StrictUndefined,
        autoescape=lambda name: name is not None and name.endswith(".html"),
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )
    environment.globals.clear()
    environment.tests.clear()
    environment.filters = {name: environment.filters[name] for name in FILTERS}
    return environment


@dataclass(frozen=True, slots=True)
class Names:
    """What a file may name: words that are shown, and flags that an ``if`` may ask."""

    words: AbstractSet[str]
    flags: AbstractSet[str]


def check_syntax(path: str, source: str, names: Names) -> list[Fault]:
    """Every place of ``source`` that is not allowed, as ``path:line``."""
    try:
        tree = make_environment({}).parse(source, path)
    except TemplateSyntaxError as refused:
        return [Fault(f"{path}:{refused.lineno}", "template.syntax", (("found", refused.message or ""),))]
    except (RecursionError, ValueError):  # brackets, or digits, by the thousand
        return [Fault(f"{path}:1", "template.nested", (("found", str(DEEPEST)),))]
    faults = [Fault(f"{path}:{line}", code, (("found", found),)) for line, code, found in _walk(tree, names)]
    return list(dict.fromkeys(faults))


def _walk(node: nodes.Node, names: Names, depth: int = 0) -> Iterator[tuple[int, str, str]]:
    if depth > DEEPEST:
        yield node.lineno, "template.nested", str(DEEPEST)
        return
    match node:
        case nodes.Template() | nodes.Output():
            for child in node.iter_child_nodes():
                yield from _walk(child, names, depth)
        case nodes.TemplateData():
            return
        case nodes.Name():
            if node.name not in names.words:
                yield node.lineno, "template.unknown_name", node.name
        case nodes.Filter():
            yield from _walk_filter(node, names, depth + 1)
        case nodes.If():
            yield from _walk_test(node.test, names, depth + 1)
            for child in (*node.body, *node.else_):
                yield from _walk(child, names, depth + 1)
            for place, child in enumerate(node.elif_, 1):  # for Python each one lies inside the one before
                yield from _walk(child, names, depth + place)
        case _:
            yield node.lineno, "template.forbidden", type(node).__name__.lower()


def _walk_filter(node: nodes.Filter, names: Names, depth: int) -> Iterator[tuple[int, str, str]]:
    if node.name not in FILTERS or node.args or node.kwargs or node.node is None:
        yield node.lineno, "template.forbidden", f"filter {node.name}"
    else:
        yield from _walk(node.node, names, depth)


def _walk_test(test: nodes.Node, names: Names, depth: int) -> Iterator[tuple[int, str, str]]:
    if depth > DEEPEST:
        yield test.lineno, "template.nested", str(DEEPEST)
        return
    match test:
        case nodes.Name():
            if test.name not in names.flags:
                yield test.lineno, "template.unknown_flag", test.name
        case nodes.Not():
            yield from _walk_test(test.node, names, depth + 1)
        case nodes.And() | nodes.Or():
            yield from _walk_test(test.left, names, depth + 1)
            yield from _walk_test(test.right, names, depth + 1)
        case _:
            yield test.lineno, "template.forbidden", type(test).__name__.lower()
