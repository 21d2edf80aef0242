"""A statement's score, computed in the same steps whatever was asked before: bit by bit the same each time.

How many tokens are computed at once shows in the last digits of a score. What the server has read of an earlier prompt
is not computed again, so that these numbers would depend on the order of asking. Here the conversation ends at a fixed
token. It is read from its beginning, by itself; then its last token once more, by itself, as the server does whenever
it has the rest already. Each statement follows upon exactly that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from scenario.errors import JudgeError
from scenario.llm.embedded.slot_room import Post

ALTERNATIVES: Final = 20
# Fixed, because the server would choose by what its slots have read.
_SLOT: Final = 0


class Prompt(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked, as a chat; the statements about one conversation differ in `question` alone.

    Attributes:
        system: the instructions.
        conversation: with what parts it from the question.
        question: the statement and what is asked of it.
    """

    system: str
    conversation: str
    question: str

    @property
    def messages(self) -> list[dict[str, str]]:
        """As a chat."""
        said = self.conversation + self.question
        return [{"role": "system", "content": self.system}, {"role": "user", "content": said}]


class AsChat:
    """Asks for one token after each prompt, in somebody else's server: its scores are its own affair.

    Args:
        post: reaches the model's server.
    """

    def __init__(self, post: Post) -> None:
        self._post = post

    async def alternatives(self, prompt: Prompt) -> list[dict[str, Any]]:
        """The likeliest tokens, each with `token` and `logprob`.

        Raises:
            JudgeError: the server's answer has no alternatives.
        """
        body: dict[str, object] = {
            "messages": prompt.messages,
            "max_tokens": 1,
            "temperature": 0,
            "logprobs": True,
            "top_logprobs": ALTERNATIVES,
        }
        return _alternatives(await self._post("/v1/chat/completions", body))


class SameSteps:
    """Asks for one token after each prompt, in a server of ours. Nobody else may ask it meanwhile.

    Args:
        post: reaches the model's server.
    """

    def __init__(self, post: Post) -> None:
        self._post = post
        self._read: list[int] | None = None

    async def alternatives(self, prompt: Prompt) -> list[dict[str, Any]]:
        """The likeliest tokens, each with `token` and `logprob`.

        Raises:
            JudgeError: the server's answer has no alternatives, or the model's template changes what is said.
        """
        prefix, suffix = await self._tokens(prompt)
        if prefix != self._read:
            await self._next_token(prefix, keeps=False)
        await self._next_token(prefix)
        self._read = prefix
        answer = await self._next_token(prefix + suffix)
        if _kept(answer) != len(prefix):
            # Some models can't go on from the middle. Without what was read, too, it is the same each time.
            self._read = None
            answer = await self._next_token(prefix + suffix, keeps=False)
        return _alternatives(answer)

    async def _next_token(self, tokens: Sequence[int], *, keeps: bool = True) -> dict[str, Any]:
        body: dict[str, object] = {
            "prompt": list(tokens),
            "max_tokens": 1,
            "temperature": 0,
            "logprobs": ALTERNATIVES,
            "id_slot": _SLOT,
            "cache_prompt": keeps,
        }
        return await self._post("/v1/completions", body)

    async def _tokens(self, prompt: Prompt) -> tuple[list[int], list[int]]:
        said = prompt.conversation + prompt.question
        rendered = str((await self._post("/apply-template", {"messages": prompt.messages})).get("prompt", ""))
        before, found, after = rendered.partition(said)
        if not found:
            raise JudgeError(
                "The model's chat template changes the text that it is given, so that nothing can be asked about it in "
                f"fixed steps: {rendered[:300]!r}. Use another model as the judge."
            )
        # Only the template's own marks are marks: an agent that writes one has not ended its turn.
        prefix = await self._tokenized(before, marks=True, begins=True) + await self._tokenized(prompt.conversation)
        return prefix, await self._tokenized(prompt.question) + await self._tokenized(after, marks=True)

    async def _tokenized(self, text: str, *, marks: bool = False, begins: bool = False) -> list[int]:
        asked = {"content": text, "parse_special": marks, "add_special": begins}
        tokens: list[int] = (await self._post("/tokenize", asked))["tokens"]
        return tokens


def _kept(answer: Mapping[str, Any]) -> int | None:
    try:
        return int(answer["usage"]["prompt_tokens_details"]["cached_tokens"])
    except (KeyError, TypeError, ValueError):
        return None


def _alternatives(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    try:
        alternatives: list[dict[str, Any]] = answer["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
    except (KeyError, IndexError, TypeError) as error:
        raise JudgeError(
            f"The model's server gave no log-probabilities, which this judge needs: {str(answer)[:300]}. "
            f"Use a server that answers `top_logprobs`, or a model that judges by structured output."
        ) from error
    return alternatives
