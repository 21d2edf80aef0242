"""Whether the words before a written verdict may take it back: deny it, doubt it, or call it another's. Pure.

This is asked only where all is said to have passed, and only of what a model wrote before its verdict in place of
writing that alone: a word too many here costs one more request.
"""

from __future__ import annotations

import re
from typing import Final

_DENIES: Final = (
    r"not?|never|cannot|can't|\w+n't|nor|none|nothing|without|fail\w*|unmet|violat\w*|break\w*|broke\w*|wrong\w*|incorrect\w*"
    r"|lack\w*|miss(?:ed|es|ing)|rude\w*|impolite\w*|unfriendly|disrespect\w*|discourteous|insult\w*|offen[sd]\w*|hostile|curt"
    r"|harsh\w*|bad\w*|poor\w*|neither|refus\w*"
)
_DOUBTS: Final = (
    r"but|however|although|though|unless|except|wait|actually|hm+|maybe|perhaps|may|might|could|would|should|almost|part\w*"
    r"|unclear|unsure|doubt\w*|questionable|if|else|otherwise|instead|rather|correction|reconsider\w*|revis\w*"
)
_DRAFTS: Final = (
    r"draft\w*|initial\w*|attempt\w*|tentativ\w*|example\w*|template\w*|placeholder|hypothe\w*|suppose\w*|imagin\w*"
)
_QUOTES: Final = (
    r"print\w*|wrote|writes?|written|typed|outputs|outputted|emit\w*|produc\w*|inject\w*|manipulat\w*|influenc\w*|forg\w*"
    r"|fak\w*|plant\w*|ignor\w*|disregard\w*|pretend\w*|trick\w*|told|tells?|wants?|wanted|demand\w*|instruct\w*|cop(?:y|ied|ies)"
    r"|repeat\w*|echo\w*|embed\w*|contain\w*|quot\w*|suggest\w*|propos\w*|attack\w*|malicious\w*"
)
_TAKES_BACK: Final = re.compile(rf"\b(?:{_DENIES}|{_DOUBTS}|{_DRAFTS}|{_QUOTES})\b", re.IGNORECASE)
_ANNOUNCED: Final = re.compile(r"```\w*|[^\n]*:\s*\Z")


def takes_back(said: str) -> bool:
    """Whether these words may take back the verdict that stands behind them."""
    return _TAKES_BACK.search(_ANNOUNCED.sub(" ", said.rstrip().replace("’", "'"))) is not None
