"""Values that dump, copy and read themselves, by the names and arguments that code for this API calls."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterable, Mapping
from typing import Any, ClassVar, Self

import msgspec

from scenario.errors import ScriptTypeError


class Dumpable(msgspec.Struct, kw_only=True):
    """A value that can be dumped: results dump themselves as their users' other results do."""

    # Fields that are no part of a dump.
    _kept_back: ClassVar[frozenset[str]] = frozenset()

    def model_dump(
        self,
        *,
        mode: str = "json",
        include: Collection[str] | None = None,
        exclude: Collection[str] | None = None,
        exclude_none: bool = False,
        exclude_defaults: bool = False,
        exclude_unset: bool = False,
        by_alias: bool | None = None,
        round_trip: bool = False,
        warnings: object = True,
    ) -> dict[str, Any]:
        """This value as a new dictionary of plain JSON values.

        Args:
            mode: taken for compatibility, without effect, as the last three are.
            include: the fields to dump; None for all.
            exclude: fields to leave out.
            exclude_none: leave fields out that are None.
            exclude_defaults: leave fields out that have their default's value.
            exclude_unset: the same as `exclude_defaults`.
            by_alias: see `mode`.
            round_trip: see `mode`.
            warnings: see `mode`.

        Raises:
            ScriptTypeError: `include` or `exclude` is no collection of names (a TypeError).
        """
        del mode, by_alias, round_trip, warnings
        left = set(self.__struct_fields__) - self._kept_back
        if exclude_defaults or exclude_unset:
            left -= set(self._at_default())
        values = {name: getattr(self, name) for name in self.__struct_fields__ if name in left}
        chosen = selected(values, include=include, exclude=exclude, exclude_none=exclude_none)
        dumped: dict[str, Any] = msgspec.to_builtins(chosen, enc_hook=_plain)
        return dumped

    def _at_default(self) -> Iterable[str]:
        for field in msgspec.structs.fields(type(self)):
            made = field.default_factory() if callable(field.default_factory) else field.default
            if getattr(self, field.name) == made:
                yield field.name

    def model_dump_json(self, *, indent: int | None = None, **options: Any) -> str:
        """This value as JSON text, on one line or indented by `indent` spaces; the options are `model_dump`'s."""
        encoded = msgspec.json.encode(self.model_dump(**options), enc_hook=_plain)
        return (encoded if indent is None else msgspec.json.format(encoded, indent=indent)).decode()

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy, with some fields changed.

        Args:
            update: the new values by their fields' names.
            deep: copy what the fields hold, too.
        """
        return msgspec.structs.replace(copy.deepcopy(self) if deep else self, **(update or {}))

    @classmethod
    def model_validate(cls, value: Any) -> Self:
        """The value that a dictionary of `model_dump` tells of; one that is there already is given back.

        Raises:
            ScriptTypeError: it is none (a ValueError and a TypeError).
        """
        try:
            return value if isinstance(value, cls) else msgspec.convert(value, cls, strict=False)
        except msgspec.ValidationError as error:
            raise ScriptTypeError(f"This is no {cls.__name__}: {error}.") from error

    @classmethod
    def model_validate_json(cls, text: str | bytes) -> Self:
        """The value that the JSON text of `model_dump_json` tells of.

        Raises:
            ScriptTypeError: it is none (a ValueError and a TypeError).
        """
        try:
            return msgspec.json.decode(text, type=cls, strict=False)
        except msgspec.DecodeError as error:
            raise ScriptTypeError(f"This is no {cls.__name__}: {error}.") from error


def selected(
    values: Mapping[str, Any],
    *,
    include: Collection[str] | None = None,
    exclude: Collection[str] | None = None,
    exclude_none: bool = False,
) -> dict[str, Any]:
    """The fields that a dump is to hold.

    Raises:
        ScriptTypeError: `include` or `exclude` is no collection of names (a TypeError).
    """
    wanted, unwanted = _names("include", include), _names("exclude", exclude)
    return {
        name: value
        for name, value in values.items()
        if (include is None or name in wanted) and name not in unwanted and not (exclude_none and value is None)
    }


def _names(label: str, given: Any) -> frozenset[str]:
    """The fields that are named. A mapping names those that it holds whole."""
    if given is None:
        return frozenset()
    whole = not isinstance(given, Mapping) or all(value is True or value is ... for value in given.values())
    if isinstance(given, str) or not isinstance(given, Collection) or not whole:
        raise ScriptTypeError(f"{label}={given!r}: give the names of whole fields, such as {{'messages'}}.")
    return frozenset(given)


def _plain(value: object) -> object:
    """What JSON cannot hold is shown by its text; a record of a run is never lost to one odd value."""
    dump = getattr(value, "model_dump", None)
    return dump() if callable(dump) else repr(value)
