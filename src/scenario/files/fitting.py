"""Whether what a file says fits a struct: every mistake at once, each at its line and with its remedy. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final, TypeVar

import msgspec
from msgspec import inspect

from scenario.errors import InternalError
from scenario.files.blocks import STEP_NAMES
from scenario.files.node import Node, Path, Problem, file_error, nearest, problem, shown_value

T = TypeVar("T")
_KINDS: Final = {
    inspect.StrType: "a text",
    inspect.IntType: "a whole number",
    inspect.FloatType: "a number",
    inspect.BoolType: "true or false",
    inspect.NoneType: "null",
    inspect.ListType: "a list",
    inspect.DictType: "a mapping",
    inspect.StructType: "a mapping",
}

_COLON: Final = "A text with a colon and a space in it needs quotation marks."
# What older YAML took for a truth, and is a text in YAML 1.2.
_TRUTHS: Final = {"off": "false", "no": "false", "false": "false", "on": "true", "yes": "true", "true": "true"}


def fitted(node: Node, kind: type[T], path: Path) -> T:
    """The value that a node stands for.

    Raises:
        ScenarioFileError: it does not fit.
    """
    if problems := list(misfits(node, kind, path)):
        raise file_error(problems)
    try:
        return msgspec.convert(node.plain(), kind)
    except msgspec.ValidationError as error:  # a constraint that the walk below does not know
        raise InternalError(f"{node.file}:{node.line}: {error}. This should have been found before.") from error


def misfits(node: Node, kind: type, path: Path, *, partial: bool = False) -> Iterator[Problem]:
    """What does not fit.

    Args:
        node: what the file says.
        kind: the struct.
        path: where the node stands.
        partial: for a block that others build on: nothing is missing there, and texts with ${...} fit anywhere.
    """
    return _misfits(node, _type_info(kind), path, "", partial=partial)


@cache
def _type_info(kind: type) -> inspect.Type:
    return inspect.type_info(kind)


def _misfits(node: Node, kind: inspect.Type, path: Path, about: str, *, partial: bool) -> Iterator[Problem]:
    if isinstance(kind, inspect.Metadata):
        about = str((kind.extra_json_schema or {}).get("description", about))
        names: Callable[[], Sequence[str]] | None = (kind.extra or {}).get("known")
        kind = kind.type
        if names is not None and isinstance(node.value, str) and not (partial and "${" in node.value):
            known = names()
            if node.value not in known:
                yield problem(node, path, f"{shown_value(node.value)} is not known here. {nearest(node.value, known)}")
                return
    if isinstance(kind, inspect.AnyType) or (partial and isinstance(node.value, str) and "${" in node.value):
        return
    candidates = [_bare(one) for one in (kind.types if isinstance(kind, inspect.UnionType) else (kind,))]
    if any(isinstance(one, inspect.AnyType) for one in candidates):
        return
    fitting = [one for one in candidates if _same_kind(node, one)]
    if not fitting:
        yield problem(node, path, _wrong_kind(node, candidates, path, about))
        return
    best = fitting[0]
    for one in fitting:
        if not any(_inner(node, one, path, about, partial=partial)):
            return
        best = one if isinstance(one, inspect.LiteralType) else best
    if (truth := _truth_meant(node, candidates)) is not None:
        yield problem(node, path, f"{shown_value(node.value)} is a text in YAML 1.2. Write {truth}.")
        return
    yield from _inner(node, best, path, about, partial=partial)


def _truth_meant(node: Node, candidates: Iterable[inspect.Type]) -> str | None:
    is_truth = any(isinstance(one, inspect.BoolType) for one in candidates)
    return _TRUTHS.get(node.value.lower()) if is_truth and isinstance(node.value, str) else None


def _bare(kind: inspect.Type) -> inspect.Type:
    return _bare(kind.type) if isinstance(kind, inspect.Metadata) else kind


def _same_kind(node: Node, kind: inspect.Type) -> bool:
    value = node.value
    match kind:
        case inspect.StructType() | inspect.DictType():
            return isinstance(value, dict)
        case inspect.ListType():
            return isinstance(value, list)
        case inspect.StrType() | inspect.LiteralType():
            return isinstance(value, str)
        case inspect.BoolType():
            return isinstance(value, bool)
        case inspect.IntType():
            return isinstance(value, int) and not isinstance(value, bool)
        case inspect.FloatType():
            return isinstance(value, int | float) and not isinstance(value, bool)
        case inspect.NoneType():
            return value is None
        case _:
            return False


def _inner(node: Node, kind: inspect.Type, path: Path, about: str, *, partial: bool) -> Iterator[Problem]:
    match kind:
        case inspect.StructType():
            yield from _struct(node, kind, path, partial=partial)
        case inspect.DictType():
            for name, inner in node.mapping.items():
                yield from _misfits(inner, kind.value_type, (*path, name), "", partial=partial)
        case inspect.ListType():
            if kind.min_length and len(node.items) < kind.min_length:
                yield problem(node, path, f"the list is empty. Give at least {kind.min_length}.")
            for index, item in enumerate(node.items):
                yield from _misfits(item, kind.item_type, (*path, index), about, partial=partial)
        case inspect.LiteralType() | inspect.IntType() | inspect.FloatType():
            if text := _wrong_scalar(node.value, kind, about):
                yield problem(node, path, text)
        case _:
            return


def _wrong_scalar(value: object, kind: inspect.LiteralType | inspect.IntType | inspect.FloatType, about: str) -> str:
    if isinstance(kind, inspect.LiteralType):
        known = [str(one) for one in kind.values]
        return "" if value in known else f"{shown_value(value)} is not known here. {_remedy(str(value), known)}"
    bounds = _out_of_bounds(value, kind)
    said = f" ({about})" if about else ""
    return f"{shown_value(value)} is out of range. Give a number {bounds}{said}." if bounds else ""


def _remedy(value: str, known: Sequence[str]) -> str:
    """What to write instead: a step that needs a value may stand here without it, or in quotation marks with it."""
    name, colon, said = value.partition(": ")
    if colon and (name in known or name in STEP_NAMES):
        return f"Write it without the quotation marks: {name}: {said}"
    if set(known) <= set(STEP_NAMES) and value in STEP_NAMES:
        return f"{value} needs a value: {value}: …"
    return nearest(value, known)


def _struct(node: Node, kind: inspect.StructType, path: Path, *, partial: bool) -> Iterator[Problem]:
    fields = {field.encode_name: field for field in kind.fields}
    for name, inner in node.mapping.items():
        if name not in fields:
            at = ".".join(str(key) for key in path if isinstance(key, str)) or "a scenario"
            hint = f" {_COLON}" if " " in name and len(node.mapping) == 1 else ""
            yield problem(inner, (*path, name), f"there is no {name!r} in {at}. {nearest(name, fields)}{hint}")
        else:
            yield from _misfits(inner, fields[name].type, (*path, name), "", partial=partial)
    for name, field in fields.items():
        if field.required and name not in node.mapping and not partial:
            yield problem(node, path, f"{name!r} is missing. Give {name}: {_description(field.type)}.")


def _description(kind: inspect.Type) -> str:
    extra = kind.extra_json_schema if isinstance(kind, inspect.Metadata) else None
    return str((extra or {}).get("description", "a value"))


def _wrong_kind(node: Node, candidates: Iterable[inspect.Type], path: Path, about: str) -> str:
    kinds = [kind for kind in candidates if not isinstance(kind, inspect.NoneType)]
    words = list(dict.fromkeys(_word(kind) for kind in kinds))
    name = next((key for key in reversed(path) if isinstance(key, str)), "")
    said = f" ({about})" if about else ""
    hint = ""
    if not words:
        return f"{shown_value(node.value, name)} does not fit here. Write {name} alone, without a value{said}."
    if isinstance(node.value, str) and any(isinstance(kind, inspect.IntType | inspect.FloatType) for kind in kinds):
        hint = " Write the number without quotation marks or a unit."
    elif node.value is not None and not isinstance(node.value, str | list | dict) and "a text" in words:
        hint = " Quotation marks make a text of it."
    elif isinstance(node.value, str) and "a list" in words and "a text" not in words:
        hint = f" Write [{shown_value(node.value, name)}]."
    elif words == ["a text"] and len(node.mapping) == 1:
        hint = f" {_COLON}"
    return f"{shown_value(node.value, name)} does not fit here. Give {' or '.join(words)}{said}.{hint}"


def _word(kind: inspect.Type) -> str:
    if isinstance(kind, inspect.LiteralType):
        return "one of " + ", ".join(map(str, kind.values))
    return _KINDS.get(type(kind), "another value")


def _out_of_bounds(value: object, kind: inspect.IntType | inspect.FloatType) -> str:
    """The bounds in words, where the value is out of them; "" where it is within."""
    assert isinstance(value, int | float)  # noqa: S101 - its caller has looked
    bounds: Mapping[str, tuple[float | None, bool]] = {
        f"above {kind.gt}": (kind.gt, kind.gt is None or value > kind.gt),
        f"of at least {kind.ge}": (kind.ge, kind.ge is None or value >= kind.ge),
        f"below {kind.lt}": (kind.lt, kind.lt is None or value < kind.lt),
        f"of at most {kind.le}": (kind.le, kind.le is None or value <= kind.le),
    }
    finite = isinstance(value, int) or value - value == 0
    if finite and all(holds for _, holds in bounds.values()):
        return ""
    return " and ".join(words for words, (limit, _) in bounds.items() if limit is not None) or "that is finite"


def as_dict(value: object) -> dict[str, Any]:
    """A block's own settings, those that were not given left out."""
    plain: dict[str, Any] = msgspec.to_builtins(value)
    return plain
