"""The labels that come with the package: ours, and those of two public corpora, each with its own licence beside it."""

from __future__ import annotations

import gzip
from importlib import resources
from typing import Final

import msgspec

from scenario.calibration.labels import Label, read_labels

# The word that stands for them in the place of a file's name.
SHIPPED: Final = "shipped"
# The folders, and what their kinds are called by in figures; "" where they stand as they are.
_SETS: Final = {"scenario": "", "tau_bench_airline": "tau-bench: ", "schema_guided_dialogue": "SGD: "}


def shipped_labels() -> list[Label]:
    """All of them; "kind" tells by its beginning which corpus a label is from."""
    folder = resources.files(__package__).joinpath("shipped")
    return [
        msgspec.structs.replace(label, kind=f"{prefix}{label.kind}", group=f"{name} {label.group}")
        for name, prefix in _SETS.items()
        for label in read_labels(
            gzip.decompress(folder.joinpath(name, "labels.jsonl.gz").read_bytes()), f"{SHIPPED} ({name})"
        )
    ]
