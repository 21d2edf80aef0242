"""All hostile behaviours, by kind."""

from __future__ import annotations

from typing import Final

from tests.hostile.behaviour import Hostile
from tests.hostile.bodies import bodies
from tests.hostile.codings import codings
from tests.hostile.connections import connections
from tests.hostile.echoes import echoes
from tests.hostile.heads import heads
from tests.hostile.lengths import lengths
from tests.hostile.moments import moments
from tests.hostile.streams import streams
from tests.hostile.travels import travels
from tests.hostile.values import values
from tests.hostile.words import words

KINDS: Final = (heads, lengths, bodies, codings, streams, values, words, travels, moments, echoes, connections)
CORPUS: Final[list[Hostile]] = [hostile for kind in KINDS for hostile in kind.all]
