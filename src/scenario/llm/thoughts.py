"""What models put around what they say: thoughts in the notations of their templates, and the marks of a turn. Pure.

Sources: the chat templates of DeepSeek and Qwen (think), Mistral ([THINK]), Kimi (◁think▷), Seed (seed:think), LongCat
(longcat_think), gpt-oss (channels), Gemma (channel), Cohere (START_THINKING), Apertus (inner_prefix), Open WebUI
(details), MedGemma (unused94), Solar (think, end), Granite (a sentence before and one after).
"""

from __future__ import annotations

import re
from typing import Final

from scenario.llm.template_marks import end_of_header, first_turn

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
        (r"<(?:unused|ctrl)(?:94>|\d+>\s*thoughts?\b)", r"<(?:unused|ctrl)\d+>"),
        (r"【(?:思考|推理)(?:过程)?】", r"【/(?:思考|推理)(?:过程)?】"),
        (r"```(?:think(?:ing)?|thoughts?|reasoning)[ \t]*\n", r"(?:^|(?<=\n))[ \t]*```[ \t]*(?=\n|\Z)"),
        # Steps are thoughts only where an answer stands below them.
        (r"<step>(?=.*</step>\s*<(?:answer|response|output)>)", r"</step>"),
        (
            r"<details(?:\s+type=\"reasoning\"[^>]*>|[^>]*>\s*<summary>[^<]{0,40}\b(?:think|thought|reason)[^<]*</summary>)",
            r"</details>",
        ),
        (
            r"(?:<\|start\|>assistant)?<\|channel\|>(?:analysis|commentary)[^<]*<\|message\|>",
            r"<\|(?:end|return|call)\|>|(?=<\|start\|>assistant|<\|channel\|>(?:final|analysis|commentary)\b)",
        ),
        (r"<\|channel>\s*thought\b", r"<channel\|>"),
        (r"<\|inner_prefix\|>", r"<\|inner_suffix\|>"),
        (
            r"<\|(?:start_?of_?|begin_?of_?)?think(?:ing)?(?:_start)?\|>",
            r"<\|(?:/|end_?of_?)?think(?:ing)?(?:_end)?\|>|<\|end\|>",
        ),
        (r"Here(?:'s| is) my thought process:", r"Here(?:'s| is) my response:"),
        # The channels of gpt-oss, where the server has dropped the marks.
        (r"analysis(?=.*assistantfinal)", r"assistantfinal"),
    )
)
_END_ALONE: Final = re.compile(
    rf"</{_NAMES}\s*>|\[/THINK\]|◁/think▷|<\|END_THINKING\|>|<\|end_of_thought\|>|<\|inner_suffix\|>|<\|/think\|>"
    r"|<(?:unused|ctrl)95>|【/(?:思考|推理)(?:过程)?】",
    re.IGNORECASE,
)
# Alpaca and OpenChat mark turns with words.
_OPENED_IN_WORDS: Final = re.compile(r"\A\s*(?:#{2,3} Instruction:\s*|GPT4(?: \w+)? User:\s*)")
_ENDED_IN_WORDS: Final = re.compile(r"(?:^|\n)[ \t]*#{2,3} Response:|GPT4(?: \w+)? Assistant:")
# Thoughts as a quotation: of the user they speak as of somebody else.
_QUOTED_THOUGHTS: Final = re.compile(
    r"\A\s*(?=>\s*(?:(?:okay|ok|so|alright|hmm|well|first)[,.]?\s+)?(?:the|this) (?:user|customer|persona)\b)"
    r"(?:>[^\n]*\n)+\s*\n",
    re.IGNORECASE,
)


def leading_thoughts(text: str) -> int | None:
    """Where the thoughts end that a text begins with; 0 where it begins with none, None where they never end."""
    for at in dict.fromkeys([0, end_of_header(text)]):
        for begin, end in _NOTATIONS:
            if (begun := begin.match(text, at)) is not None:
                ended = end.search(text, begun.end())
                return None if ended is None else ended.end()
    return 0


def end_of_thoughts(text: str) -> re.Match[str] | None:
    """The first end of thoughts whose beginning is not in the text: templates may have begun them already."""
    return _END_ALONE.search(text)


def said_in_turn(text: str) -> str:
    """The text of the first turn without its marks, and without another turn after it."""
    text = _QUOTED_THOUGHTS.sub("", first_turn(text))
    opened = _OPENED_IN_WORDS.sub("", text)
    ended = _ENDED_IN_WORDS.search(opened)
    # Among other headings it is one of what is said.
    return opened[: ended.start()] if ended is not None and "\n##" not in f"\n{opened[: ended.start()]}" else opened
