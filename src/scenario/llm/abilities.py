"""What models can take, by their names: how long a conversation, and whether images. Pure.

Names tell it only for the models of their makers; whoever serves one under another name says so with a setting.
Sources: the makers' pages of models, and the cards of open ones.
"""

from __future__ import annotations

import re
from typing import Final

ABILITIES_AS_OF: Final = "2025-10-01"

# Tokens of the window, the first that fits counts. A server may be set up for less than a model could take.
_WINDOWS: Final = tuple(
    (re.compile(name), tokens)
    for name, tokens in (
        (r"gpt-4\.1", 1_000_000),
        (r"gpt-5", 400_000),
        (r"(?:chatgpt-|gpt-)4o|gpt-4-turbo", 128_000),
        (r"gpt-3\.5-turbo", 16_000),
        (r"o[134](?:-|$)", 200_000),
        (r"claude-(?:3|opus|sonnet|haiku)", 200_000),
        (r"gemini-(?:1\.5|2|3)", 1_000_000),
        (r"deepseek-(?:chat|reasoner)", 64_000),
        (r"mistral-(?:large|medium|small)", 128_000),
        (r"grok-[34]", 128_000),
    )
)
_SEEING: Final = re.compile(
    r"gpt-4o|gpt-4\.1|gpt-4-turbo|gpt-5|o[134](?:-|$)(?!mini-2024|preview)|claude-(?:3|opus|sonnet|haiku)|gemini"
    r"|pixtral|mistral-(?:small-(?:3\.[1-9]|2503|2506|latest)|medium)|llava|moondream|minicpm-?v|internvl|idefics|molmo"
    r"|qwen[\d.]*-?vl|kimi-vl|glm-4(?:\.\d)?v|gemma-?3|llama-?4|llama-?3\.2.*vision|phi-[34].*(?:vision|multimodal)"
    r"|grok-(?:2-vision|4)|nova-(?:lite|pro|premier)|vision"
)
# Of families that see, those that do not.
_BLIND: Final = re.compile(r"o1-(?:mini|preview)|o3-mini|embed|tts|whisper|audio|realtime|gemma-?3-?1b|gemma-?3:1b")


def window_of(model: str) -> int | None:
    """How many tokens a model's window holds; None where its name does not tell.

    Args:
        model: as the server is sent it, with or without its maker's name before it.
    """
    name = model.lower().rpartition("/")[2]
    return next((tokens for pattern, tokens in _WINDOWS if pattern.match(name)), None)


def sees_images(model: str) -> bool:
    """Whether a model is known to take images."""
    name = model.lower()
    return _SEEING.search(name) is not None and _BLIND.search(name) is None
