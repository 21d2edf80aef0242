"""A check of the agent's JSON against a JSON Schema (https://json-schema.org). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from scenario.checks.check import Check, shown
from scenario.checks.json_value import TOO_DEEP, json_of
from scenario.criterion import named
from scenario.dialogue.state import ScenarioState
from scenario.errors import ConfigurationError, ScriptError
from scenario.patterns.pattern import DEFAULT_TIMEOUT, Pattern
from scenario.protocols.json_path import JsonPath

INSTALL: Final = "pip install 'jsonschema[format-nongpl]>=4.23,<5'"
_FORMATS: Final = frozenset({
    "date-time", "date", "time", "duration", "email", "idn-email", "hostname", "idn-hostname", "ipv4", "ipv6", "uri",
    "uri-reference", "uuid", "uri-template", "json-pointer", "relative-json-pointer", "regex",
})  # fmt: skip
_MOST_TOLD: Final = 5
_LONGEST_OF_A_FORMAT: Final = 2_000
_OF_TEXTS: Final = frozenset({"format", "pattern", "patternProperties"})
# What stands below these is data, and no schema.
_DATA: Final = frozenset({"const", "enum", "default", "examples"})


@named
def json_schema(schema: Mapping[str, Any] | bool, *, path: str | None = None) -> Check:
    """The agent's JSON is as a JSON Schema demands.

    That is its last message where this is JSON, and else the body of the last answer on the wire. It takes the extra
    `schema` (jsonschema). The draft is that of `$schema`, else 2020-12. References lead to places of the schema itself,
    nowhere else. The standard's own formats ("date-time", "email") are checked, but for those of
    IRIs, which takes seconds for each; others ("int32") are annotations.

    Args:
        schema: the schema.
        path: a JMESPath to what is looked at; all of it by default.

    Raises:
        ConfigurationError: it is no JSON Schema, or jsonschema, or what it needs for one of its formats, is not
            installed.
        ScriptError: a pattern in it is no regular expression of Python's.
    """
    validator = _validator(schema)
    place = None if path is None else JsonPath(path, argument="json_schema(path")

    def check(state: ScenarioState) -> None:
        value = json_of(state, "json_schema")
        try:
            found = value if place is None else place.found_in(value)
            wrong = [error for error, _ in zip(validator.iter_errors(found), range(_MOST_TOLD + 1), strict=False)]
        except RecursionError:
            raise AssertionError(f"json_schema: {TOO_DEEP}, or the schema leads round in a circle") from None
        except ScriptError:
            raise
        except Exception as error:
            if type(error).__module__.partition(".")[0] not in ("referencing", "jsonschema"):
                raise
            raise ScriptError(f"json_schema: a reference of the schema leads nowhere: {error!s:.300}") from error
        if wrong:
            told = [f"{one.json_path}: {shown_error(one.message)}" for one in wrong[:_MOST_TOLD]]
            more = "; and more" if len(wrong) > _MOST_TOLD else ""
            raise AssertionError(f"json_schema: {'; '.join(told)}{more}")

    return check


def shown_error(message: str) -> str:
    """What is wrong, without the whole of a long value."""
    return message if len(message) <= 300 else f"{message[:140]} … {message[-140:]}"


def _validator(schema: Any) -> Any:
    try:
        import jsonschema
        from jsonschema import validators
        from referencing import Registry
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"scenario.checks.json_schema needs jsonschema, which is not installed. {INSTALL}"
        ) from error
    if not isinstance(schema, Mapping | bool):
        raise ConfigurationError(f"scenario.checks.json_schema({schema!r:.60}): give a schema, a mapping.")
    kind = validators.validator_for(schema, default=jsonschema.Draft202012Validator)
    try:
        kind.check_schema(schema)
    except jsonschema.SchemaError as error:
        said = f"{error.json_path}: {shown_error(error.message)}"
        raise ConfigurationError(f"scenario.checks.json_schema: that is no JSON Schema: {said}") from None
    except RecursionError:
        raise ConfigurationError("scenario.checks.json_schema: the schema is nested too deep.") from None
    for key, value in _keywords(schema):
        if key == "format" and value in _FORMATS and value not in kind.FORMAT_CHECKER.checkers:
            raise ConfigurationError(
                f"scenario.checks.json_schema: what checks the format {value!r} is not installed: {INSTALL}"
            )
        for pattern in (value,) if key == "pattern" else value if key == "patternProperties" else ():
            _searched(pattern)
    # An agent's values are as long as it likes, and so may a search in them be, or comparing each with each.
    bounded = validators.extend(
        kind,
        {
            "pattern": _pattern,
            "patternProperties": _pattern_properties,
            "uniqueItems": _unique_items,
            "format": _format,
        },
    )
    return bounded(schema, registry=Registry(), format_checker=kind.FORMAT_CHECKER)


def _keywords(schema: Any) -> Iterator[tuple[str, Any]]:
    """Those of the schema and of what is in it that say something of texts; a property may be called so, too."""
    if isinstance(schema, Mapping):
        for key, inner in schema.items():
            if isinstance(inner, dict if key == "patternProperties" else str) and key in _OF_TEXTS:
                yield key, inner
            if key not in _DATA:
                yield from _keywords(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _keywords(inner)


@cache
def _searched(pattern: str) -> Pattern:
    return Pattern(pattern, name="json_schema", timeout=DEFAULT_TIMEOUT)


def _pattern(validator: Any, pattern: str, value: Any, _: Any) -> Iterator[Any]:
    if validator.is_type(value, "string") and _searched(pattern).find(value) is None:
        yield _wrong(f"{shown(value)} does not match {pattern!r}")


def _format(validator: Any, name: str, value: Any, _: Any) -> Iterator[Any]:
    if not isinstance(value, str) or name not in _FORMATS:
        return
    if len(value) > _LONGEST_OF_A_FORMAT:
        raise ScriptError(
            f"json_schema: a text of {len(value):,} characters is too long to say whether it is a {name} (at most "
            f"{_LONGEST_OF_A_FORMAT:,}): {shown(value[:60])}"
        )
    if not validator.format_checker.conforms(value, name):
        yield _wrong(f"{shown(value)} is no {name}")


def _pattern_properties(validator: Any, patterns: Mapping[str, Any], value: Any, _: Any) -> Iterator[Any]:
    for pattern, schema in patterns.items() if validator.is_type(value, "object") else ():
        for name, inner in value.items():
            if _searched(pattern).find(name) is not None:
                yield from validator.descend(inner, schema, path=name, schema_path=pattern)


def _unique_items(validator: Any, unique: Any, value: Any, _: Any) -> Iterator[Any]:
    if unique and validator.is_type(value, "array") and len({_canonical(item) for item in value}) < len(value):
        yield _wrong("it has an item twice")


def _canonical(value: Any) -> Any:
    """A value that equals that of another JSON where the schema's standard says so: 1 is 1.0, and not true."""
    match value:
        case dict():
            return frozenset((name, _canonical(inner)) for name, inner in value.items())
        case list():
            return tuple(map(_canonical, value))
        case bool() | None | str():
            return type(value), value
        case _:
            return float, value


def _wrong(message: str) -> Any:
    from jsonschema import ValidationError

    return ValidationError(message)
