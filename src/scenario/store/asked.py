"""What an invocation was asked to run: going on with it runs that, and no more."""

from __future__ import annotations

from collections.abc import Callable

import msgspec


class Asked(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was selected, and how.

    Attributes:
        keys: of all scenarios that were to be run. They are what counts; the rest tells how they were chosen.
        paths: files and folders, as they were named.
        words: of `-k`.
        tags: of `--tag`.
        failed: whether only those whose last run had not passed.
        repeat: how often each.
        retry_invalid: how many tries more for what is invalid.
        models: of `--model`.
        untrusted: whether files that reach beyond HTTP were refused.
    """

    keys: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    failed: bool = False
    repeat: int = 1
    retry_invalid: int = 0
    models: tuple[str, ...] = ()
    untrusted: bool = False

    def masked(self, mask: Callable[[str], str]) -> Asked:
        """The same, for keeping and for comparing with what was kept: without secrets."""
        names = ("paths", "words", "tags", "models")
        return msgspec.structs.replace(self, **{name: tuple(map(mask, getattr(self, name))) for name in names})
