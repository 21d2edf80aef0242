"""`python -m labelling` writes the labels of our own into the package, and prints what they are."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from labelling.composing import labels
from labelling.packed import packed
from labelling.surface import guessed_from

WHERE = Path(__file__).parent.parent / "src/scenario/calibration/shipped/scenario/labels.jsonl.gz"


def main() -> None:
    """Write them, and say how well their surface alone tells them."""
    made = list(labels())
    WHERE.parent.mkdir(parents=True, exist_ok=True)
    WHERE.write_bytes(packed(made))
    print(f"{len(made)} labels, {WHERE.stat().st_size} bytes")
    for kind, met in sorted(Counter((one["kind"], one["met"]) for one in made).items()):
        print(f"  {kind[0]:20} {'met' if kind[1] else 'not met':8} {met}")
    for name, share in guessed_from(made).items():
        print(f"right by {name} alone: {share:.1%}")


if __name__ == "__main__":
    main()
