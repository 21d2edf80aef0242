"""What models put around what they say: thoughts in the notations of their templates, and the marks of a turn. Pure.

Sources: the chat templates of DeepSeek and Qwen (think), Mistral ([THINK]), Kimi (◁think▷), Seed (seed:think), LongCat
(longcat_think), gpt-oss (channels), Gemma (channel), Cohere (START_THINKING), Apertus (inner_prefix), Open WebUI
(details), Granite (a sentence before and one after), Phi and Llama (marks of turns).
"""

from __future__ import annotations

import re
from typing import Final

_NAMES: Final = (
    r"(?:\w{1,20}[:_])?(?:think(?:ing)?|thoughts?|thought_process|reasoning|reasoning_content|reflection|analysis"
    r"|scratch_?pad|monologue|deliberation|cot)"
)
# How thoughts begin, and what ends them.
_NOTATIONS: Final = tuple(
    (re.compile(rf"\s*{begin}", re.IGNORECASE | re.DOTALL), re.compile(end, re.IGNORECASE))
    for begin, end in (
        (rf"<{_NAMES}(?:\s[^>]*)?>", rf"</{_NAMES}\s*>"),
        (rf"\[{_NAMES}\]", rf"\[/{_NAMES}\]"),
        (r"◁think▷", r"◁/think▷"),
        (r"<\|START_THINKING\|>", r"<\|END_THINKING\|>"),
        (r"<\|begin_of_thought\|>", r"<\|end_of_thought\|>"),
        (r"<details\s+type=\"reasoning\"[^>]*>", r"</details>"),
        (
            r"(?:<\|start\|>assistant)?<\|channel\|>(?:analysis|commentary)[^<]*<\|message\|>",
            r"<\|(?:end|return|call)\|>",
        ),
        (r"<\|channel>\s*thought\b", r"<channel\|>"),
        (r"<\|inner_prefix\|>", r"<\|inner_suffix\|>"),
        (
            r"<\|(?:start_?of_?|begin_?of_?)?think(?:ing)?(?:_start)?\|>",
            r"<\|(?:/|end_?of_?)?think(?:ing)?(?:_end)?\|>",
        ),
        (r"Here(?:'s| is) my thought process:", r"Here(?:'s| is) my response:"),
        # The channels of gpt-oss, where the server has dropped the marks.
        (r"analysis(?=.*assistantfinal)", r"assistantfinal"),
    )
)
_END_ALONE: Final = re.compile(
    rf"</{_NAMES}\s*>|\[/THINK\]|◁/think▷|<\|END_THINKING\|>|<\|end_of_thought\|>|<\|inner_suffix\|>|<\|/think\|>",
    re.IGNORECASE,
)
# Before what is said.
_OPENINGS: Final = re.compile(
    r"\s*(?:<\|start\|>assistant|<\|channel\|>final(?:<\|constrain\|>\w+)?<\|message\|>|<\|START_RESPONSE\|>|<s>|<bos>"
    r"|<\|im_start\|>(?:assistant|user)\s*|<start_of_turn>(?:model|user)\s*|<\|begin_of_solution\|>|<\|begin_of_text\|>"
    r"|<\|start_header_id\|>\w+<\|end_header_id\|>)",
    re.IGNORECASE,
)
# After it: what follows is another turn.
_TURN_ENDS: Final = re.compile(
    r"<\|(?:im_end|im_start|eot_id|end|return|endoftext|end_of_text|END_RESPONSE|END_OF_TURN_TOKEN|end_of_solution)\|>"
    r"|<end_of_turn>|<start_of_turn>|</s>|<eos>",
    re.IGNORECASE,
)


def leading_thoughts(text: str) -> int | None:
    """Where the thoughts end that a text begins with; 0 where it begins with none, None where they never end."""
    for begin, end in _NOTATIONS:
        if (begun := begin.match(text)) is not None:
            ended = end.search(text, begun.end())
            return None if ended is None else ended.end()
    return 0


def end_of_thoughts(text: str) -> re.Match[str] | None:
    """The first end of thoughts whose beginning is not in the text: templates may have begun them already."""
    return _END_ALONE.search(text)


def said_in_turn(text: str) -> str:
    """The text of the turn without its marks, and without another turn after it."""
    while (opening := _OPENINGS.match(text)) is not None:
        text = text[opening.end() :]
    return _TURN_ENDS.split(text, maxsplit=1)[0]
