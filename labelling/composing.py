"""Pairs of conversations that differ in two things, and the labels of both.

What is met in the one is not met in the other, so that no word of a criterion tells its label: each sentence stands
once with "met" and once with "not met". A pair is kept only where the rules, which read the transcript alone, say of
each of its four labels what was intended.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from labelling import features_of_tools as tools, features_of_words as words
from labelling.feature import Feature, agent, call, user
from labelling.rules import truth
from labelling.transcript import Message, Messages
from labelling.world import NAMES, World, domains

SEED: Final = 20_261_201
PAIRS: Final = 64
_TRIES: Final = 200
_OPPOSITE: Final = 0.5

Builder = Callable[[World], Feature]

# By kind; those of one kind take turns.
KINDS: Final[tuple[tuple[Builder, ...], ...]] = (
    (tools.tool_fact,), (tools.tool_used,), (tools.tool_order, tools.fact_order), (tools.done,), (tools.failure,),
    (tools.tool_count, words.question_count, words.message_count), (tools.refusal,), (tools.correction,),
    (tools.recommends, words.content), (words.who_said,), (words.absence,), (words.repetition, words.same_words),
    (words.language,), (words.sums, words.below), (words.steps, words.brief), (words.memory,),
)  # fmt: skip
# Two of one family would speak of the same thing in one conversation.
_FAMILIES: Final[tuple[frozenset[Builder], ...]] = (
    frozenset({tools.tool_order, tools.done, tools.failure}),
    frozenset({tools.tool_used, tools.tool_count, tools.recommends, words.below, words.sums}),
    frozenset({words.content, words.same_words, words.brief}),
    frozenset({words.absence, words.repetition}),
    frozenset({words.question_count, words.repetition, words.absence}),
    frozenset({tools.tool_order, tools.fact_order, tools.tool_fact}),
    frozenset({tools.tool_order, tools.refusal}),
)
_CLOSINGS: Final = (
    ("Thanks, that was all.", "You're welcome, {name}. Goodbye!"),
    ("Great, bye!", "Bye, and take care."),
    ("That helps a lot, thank you.", "Glad to hear it."),
    ("Okay. I'll be back if something comes up.", "Please do, at any time."),
)
_BEFORE: Final = ("", "", "", "One more thing. ", "Also: ", "And then: ", "Right. ", "Okay, next question. ")


def labels() -> Iterator[dict[str, Any]]:
    """All labels, those of one conversation behind each other; the same at each call."""
    chance = random.Random(SEED)
    for number, builders in enumerate(_pairs_of_builders(chance)):
        domain = domains()[number % len(domains())]
        for label in _pair(domain, builders, chance):
            yield {"group": f"pair-{number + 1:02}", **label}


def _pairs_of_builders(chance: random.Random) -> list[tuple[Builder, Builder]]:
    each = 2 * PAIRS // len(KINDS)
    waiting = [kind[turn % len(kind)] for kind in KINDS for turn in range(each)]
    chance.shuffle(waiting)
    ones, others = waiting[::2], waiting[1::2]
    while unfit := [place for place, pair in enumerate(zip(ones, others, strict=True)) if not _fit(pair)]:
        place, with_that = unfit[0], chance.randrange(len(others))
        others[place], others[with_that] = others[with_that], others[place]
    return list(zip(ones, others, strict=True))


def _fit(pair: tuple[Builder, Builder]) -> bool:
    return pair[0] is not pair[1] and not any(set(pair) <= family for family in _FAMILIES)


def _pair(domain: dict[str, Any], builders: Sequence[Builder], chance: random.Random) -> list[dict[str, Any]]:
    for _ in range(_TRIES):
        world = World(domain, chance)
        first, second = builders[0](world), builders[1](world)
        plan = _plan(world, (first, second))
        same = chance.random() < 0.5
        one = _conversation(plan, (first.good, second.good if same else second.bad))
        other = _conversation(plan, (first.bad, second.bad if same else second.good))
        found = []
        for feature, met_in, not_met_in in (
            (first, one, other),
            (second, one if same else other, other if same else one),
        ):
            opposite = bool(feature.opposite) and chance.random() < _OPPOSITE
            found += _labels_of(feature, met_in, not_met_in, opposite=opposite)
        if all(truth(label["messages"], label["rule"]) == label["met"] for label in found):
            chance.shuffle(found)
            return sorted(found, key=lambda label: label["messages"] is found[0]["messages"])
    raise AssertionError(f"no pair came of {[one.__name__ for one in builders]} in {domain['name']}")


def _labels_of(feature: Feature, good: Messages, bad: Messages, *, opposite: bool) -> list[dict[str, Any]]:
    arguments = dict(feature.arguments)
    criterion = feature.opposite if opposite else feature.criterion
    if feature.counted is not None:
        arguments["n"] = feature.counted(good)
        criterion = criterion.format(n=arguments["n"])
    rule = {"name": feature.rule, "arguments": arguments, "opposite": opposite}
    return [
        {"kind": feature.kind, "rule": rule, "messages": messages, "criterion": criterion, "met": met != opposite}
        for messages, met in ((good, True), (bad, False))
    ]


def _plan(world: World, features: Sequence[Feature]) -> list[list[Message] | tuple[int, int]]:
    """What follows what: messages that both conversations have, and places of the features' parts."""
    chance, domain = world.chance, world.domain
    said = str(features)
    fillers = [
        [user(asked), agent(answer)]
        for asked, answer in [*domain["fillers"], *((one["ask"], one["say"]) for one in domain["content"])]
        if asked not in said and answer not in said
    ]
    fillers = chance.sample(fillers, min(len(fillers), chance.choice((0, 0, 1, 1, 2, 3, 4, 6))))
    queues: list[list[list[Message] | tuple[int, int]]] = [
        [(number, part) for part in range(len(feature.good))] for number, feature in enumerate(features)
    ]
    queues += [[filler] for filler in fillers]
    plan: list[list[Message] | tuple[int, int]] = []
    if chance.random() < 0.7:
        asked, answer = chance.choice(domain["opens"])
        plan.append([user(asked), agent(answer)])
    if any(feature.needs_record for feature in features):
        lookup = domain["lookup"]
        found = call(lookup["tool"], {lookup["arg"]: world.ref}, world.record)
        plan.append([user(lookup["give"].format(ref=world.ref)), *found, agent(lookup["have"])])
    while any(queues):
        plan.append(chance.choice([queue for queue in queues if queue]).pop(0))
    plan = [_begun(one, chance) if isinstance(one, list) and place > 1 else one for place, one in enumerate(plan)]
    if chance.random() < 0.6:
        asked, answer = chance.choice(_CLOSINGS)
        plan.append([user(asked), agent(answer.format(name=chance.choice(NAMES)))])
    return plan


def _begun(messages: list[Message], chance: random.Random) -> list[Message]:
    first, *others = messages
    return [user(chance.choice(_BEFORE) + first["content"]), *others]


def _conversation(
    plan: Sequence[list[Message] | tuple[int, int]], parts: Sequence[Sequence[Sequence[Message]]]
) -> list[Message]:
    messages = [
        copy.deepcopy(message) for one in plan for message in (one if isinstance(one, list) else parts[one[0]][one[1]])
    ]
    name = ""
    count = 0
    for message in messages:
        for told in message.get("tool_calls", ()):
            count += 1
            name = told["id"] = f"call_{count}"
        if message["role"] == "tool":
            message["tool_call_id"] = name
    return messages
