"""How well labels can be guessed without judging: from words, lengths and kinds. It should be near one half."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from labelling.transcript import said_by

_ROUNDS: Final = 60
_STEP: Final = 0.5
_DECAY: Final = 0.002
_FOLDS: Final = 4

Label = Mapping[str, Any]
Vector = dict[str, float]


def _words(label: Label) -> Vector:
    return dict.fromkeys(re.findall(r"\w+", label["criterion"].lower()), 1.0)


def _kind(label: Label) -> Vector:
    return {label["kind"]: 1.0}


def _negation(label: Label) -> Vector:
    return {"not": float(bool(re.search(r"\b(not|no|never|none)\b", label["criterion"].lower())))}


def _lengths(label: Label) -> Vector:
    told = [text for role in ("user", "assistant") for _, text in said_by(label["messages"], role)]
    return {
        "messages": len(label["messages"]) / 10,
        "words": sum(len(text.split()) for text in told) / 100,
        "longest": max(len(text.split()) for text in told) / 30,
        "criterion": len(label["criterion"].split()) / 10,
    }


def _overlap(label: Label) -> Vector:
    last = " ".join(text.lower() for _, text in said_by(label["messages"], "assistant"))
    words = set(re.findall(r"\w+", label["criterion"].lower()))
    return {"shared": sum(word in last for word in words) / len(words)}


def _transcript(label: Label) -> Vector:
    texts = " ".join(text for _, text in said_by(label["messages"], "assistant"))
    return dict.fromkeys(re.findall(r"\w+", texts.lower()), 1.0)


SURFACES: Final[Mapping[str, Callable[[Label], Vector]]] = {
    "the kind": _kind,
    "the words of the criterion": _words,
    "a word of negation": _negation,
    "lengths": _lengths,
    "what criterion and replies have in common": _overlap,
    "the words of the replies": _transcript,
}


def guessed_from(labels: Sequence[Label]) -> dict[str, float]:
    """For each surface, the share that a logistic regression guesses rightly of groups that it was not fitted on."""
    return {name: held_out(labels, surface) for name, surface in SURFACES.items()}


def held_out(labels: Sequence[Label], surface: Callable[[Label], Vector]) -> float:
    """That share, for one surface."""
    groups = sorted({label["group"] for label in labels})
    vectors = [(surface(label), label["met"], groups.index(label["group"]) % _FOLDS) for label in labels]
    right = 0
    for fold in range(_FOLDS):
        weights = _fitted([(vector, met) for vector, met, of in vectors if of != fold])
        right += sum((_score(weights, vector) > 0) == met for vector, met, of in vectors if of == fold)
    return right / len(labels)


def _fitted(examples: Sequence[tuple[Vector, bool]]) -> Vector:
    weights: Vector = {}
    for _ in range(_ROUNDS):
        slope: Vector = {}
        for vector, met in examples:
            wrong = met - 1 / (1 + math.exp(-_score(weights, vector)))
            for name, value in [*vector.items(), ("", 1.0)]:
                slope[name] = slope.get(name, 0.0) + wrong * value / len(examples)
        for name, value in slope.items():
            weights[name] = weights.get(name, 0.0) * (1 - _DECAY) + _STEP * value
    return weights


def _score(weights: Vector, vector: Vector) -> float:
    return weights.get("", 0.0) + sum(weights.get(name, 0.0) * value for name, value in vector.items())
