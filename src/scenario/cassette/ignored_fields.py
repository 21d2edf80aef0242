"""Which fields of a body do not count: JMESPaths of fields, indexes and projections, taken out of a value. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from scenario.errors import ConfigurationError

# A step of a path: a key, an index, or all that a list or an object has.
Step: TypeAlias = str | int | None
Path: TypeAlias = tuple[Step, ...]

_EVERY: Final = None
_SHAPES: Final = "fields, indexes, [*] and *, as in messages[*].id"


class Ignored(NamedTuple):
    """What does not count.

    Attributes:
        paths: places in a body that is JSON.
        parameters: names of a query's parameters.
    """

    paths: tuple[Path, ...] = ()
    parameters: frozenset[str] = frozenset()


def ignored(texts: Iterable[str]) -> Ignored:
    """What a cassette's `ignore` says.

    Raises:
        ConfigurationError: one of them is no JMESPath, or one of another shape.
    """
    given = list(texts)
    return Ignored(
        tuple(_path(text) for text in given if not text.startswith("?")),
        frozenset(text[1:] for text in given if text.startswith("?")),
    )


def _path(text: str) -> Path:
    import jmespath
    from jmespath.exceptions import JMESPathError

    try:
        parsed: Any = jmespath.compile(text).parsed
    except (JMESPathError, RecursionError) as error:
        raise ConfigurationError(f"Cassette(ignore={text!r:.120}): this is no JMESPath: {error}") from None
    steps = _steps(parsed)
    if not steps:
        raise ConfigurationError(f"Cassette(ignore={text!r:.120}): a path is made of {_SHAPES}.")
    return tuple(steps)


def _steps(node: dict[str, Any]) -> list[Step] | None:
    """The steps of a parsed expression; None where it has others than these."""
    children: Sequence[dict[str, Any]] = node.get("children", ())
    match node["type"]:
        case "identity":
            return []
        case "field" | "index":
            return [node["value"]]
        case "subexpression" | "index_expression":
            return _joined(children, [])
        case "projection" | "value_projection":
            return _joined(children, [_EVERY])
        case _:
            return None


def _joined(children: Sequence[dict[str, Any]], between: list[Step]) -> list[Step] | None:
    parts = [_steps(child) for child in children]
    joined: list[Step] = []
    for number, part in enumerate(parts):
        if part is None:
            return None
        joined += [*(between if number == 1 else []), *part]
    return joined


def without(value: Any, paths: Iterable[Path]) -> Any:
    """A copy of a JSON value in which nothing stands at these places."""
    for path in paths:
        value = _without(value, path)
    return value


def _without(value: Any, path: Path) -> Any:
    step, rest = path[0], path[1:]
    if isinstance(value, dict) and not isinstance(step, int):
        chosen: Callable[[str], bool] = (lambda _key: True) if step is None else (lambda key: key == step)
        if not rest:
            return {key: one for key, one in value.items() if not chosen(key)}
        return {key: _without(one, rest) if chosen(key) else one for key, one in value.items()}
    if isinstance(value, list) and not isinstance(step, str):
        place = step if step is None or step >= 0 else len(value) + step
        if not rest:
            return [one for number, one in enumerate(value) if place is not None and number != place]
        return [_without(one, rest) if place in (None, number) else one for number, one in enumerate(value)]
    return value
