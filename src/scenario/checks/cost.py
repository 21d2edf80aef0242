"""A check of what the agent's own models cost. Pure."""

from __future__ import annotations

from scenario.checks.check import Check, demand
from scenario.criterion import named
from scenario.dialogue.state import ScenarioState
from scenario.errors import ConfigurationError, ScriptError, ScriptTypeError
from scenario.prices import PRICES, PRICES_AS_OF, price_of
from scenario.usage import Usage, implausible


@named
def cost_below(
    dollars: float,
    *,
    model: str | None = None,
    input_price: float | None = None,
    output_price: float | None = None,
) -> Check:
    """The tokens that the agent has told of in the conversation so far cost less than this, at list prices.

    An agent behind a URL tells of tokens and not of prices: name the model that it uses, or what a million tokens cost
    there. Discounts, for cached or batched input, are not known.

    Args:
        dollars: the limit for the whole conversation, in US dollars.
        model: such as "gpt-4o-mini", with or without "openai/" before it.
        input_price: US dollars for a million tokens of input, in the place of a model.
        output_price: the same for output.

    Raises:
        ConfigurationError: no price is known.
        ScriptTypeError: the limit or a price is no number of dollars. The check itself raises a ScriptError where
            there is no answer on the wire, or one whose tokens are not told.
    """
    prices = _prices(dollars, model, input_price, output_price)

    def check(state: ScenarioState) -> None:
        used = Usage()
        answers = state.exchanges
        if not answers:
            raise ScriptError("cost_below looks at answers on the wire: let a scenario.RemoteAgent answer first.")
        for number, answer in enumerate(answers, start=1):
            usage = answer.reply.usage
            # What came in is never nothing, and neither is what went out: one of them alone is half of the cost.
            if usage is None or implausible(usage) or not usage.input_tokens or not usage.output_tokens:
                raise ScriptError(f"cost_below: answer {number} of {len(answers)} tells of no tokens in and out.")
            used += usage
        cost = (used.input_tokens * prices[0] + used.output_tokens * prices[1]) / 1_000_000
        tokens = f"{used.input_tokens:,} tokens in and {used.output_tokens:,} out"
        demand(cost < dollars, f"cost_below: {tokens} cost ${cost:.6f}, not below ${dollars:g}")

    return check


def _prices(
    dollars: float, model: str | None, input_price: float | None, output_price: float | None
) -> tuple[float, float]:
    given = {"dollars": dollars, "input_price": input_price, "output_price": output_price}
    for name, value in given.items():
        is_number = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf")
        is_left_out = value is None and name != "dollars"
        if not is_left_out and not (is_number and (value or name != "dollars")):
            raise ScriptTypeError(f"scenario.checks.cost_below({name}={value!r:.60}): give a number of US dollars.")
    if model is None:
        if input_price is None or output_price is None:
            raise ConfigurationError(
                "scenario.checks.cost_below: what do tokens cost? Name the model that the agent uses, "
                "model='gpt-4o-mini', or input_price= and output_price=, in US dollars for a million tokens."
            )
        return input_price, output_price
    if input_price is not None or output_price is not None:
        raise ConfigurationError(
            "scenario.checks.cost_below: give model=, or input_price= and output_price=; not both."
        )
    provider, _, name = str(model).rpartition("/")
    if provider not in ("", "openai", "anthropic") or (found := price_of(name)) is None:
        raise ConfigurationError(
            f"scenario.checks.cost_below(model={model!r:.80}): no price is known (those of {PRICES_AS_OF}: "
            f"{', '.join(PRICES)}). Give input_price= and output_price=, in US dollars for a million tokens."
        )
    return found
