"""Features of what an agent does with its tools, and says of it."""

from __future__ import annotations

from typing import Any

from labelling.feature import Feature, agent, call, user
from labelling.transcript import Message, calls
from labelling.world import World


def tool_fact(world: World) -> Feature:
    """It says what a tool returned, or something else."""
    field = world.chance.choice(list(world.domain["facts"]))
    fact, tool = world.domain["facts"][field], world.domain["lookup"]["tool"]
    ask = user(fact["ask"])
    right, wrong = (agent(fact["say"].format(v=world.said(known[field]))) for known in (world.record, world.wrong))
    return Feature(
        kind="tool fact",
        criterion=f"The agent tells the user {fact['what']} as {tool} returned it.",
        opposite=f"What the agent says about {fact['what']} differs from what {tool} returned.",
        rule="says_what_the_tool_returned",
        arguments={"tool": tool, "field": field},
        good=[[ask, right]],
        bad=[[ask, wrong]],
        needs_record=True,
    )


def tool_used(world: World) -> Feature:
    """It looks things up before it answers, or answers off its head."""
    searched = world.domain["search"]
    ask, answer = user(searched["ask"]), agent(_offer(world))
    looked_up = call(searched["tool"], {}, {"results": world.results})
    return Feature(
        kind="tool used",
        criterion=f"The agent used {searched['tool']}.",
        opposite=f"The agent did not use {searched['tool']}.",
        rule="called",
        arguments={"tool": searched["tool"]},
        good=[[ask, *looked_up, answer]],
        bad=[[ask, answer]],
    )


def tool_order(world: World) -> Feature:
    """It looks up before it acts, or acts first."""
    lookup, act = world.domain["lookup"], world.domain["act"]
    asked = user(f"{act['ask']} {lookup['give'].format(ref=world.ref)}")
    look = call(lookup["tool"], {lookup["arg"]: world.ref}, world.record)
    do = call(act["tool"], {lookup["arg"]: world.ref}, {"status": "done"})
    return Feature(
        kind="order",
        criterion=f"The agent called {lookup['tool']} before it called {act['tool']}.",
        opposite=f"The agent called {act['tool']} before it called {lookup['tool']}.",
        rule="called_before",
        arguments={"first": lookup["tool"], "second": act["tool"]},
        good=[[asked, *look, *do, agent(act["done"])]],
        bad=[[asked, *do, *look, agent(act["done"])]],
    )


def fact_order(world: World) -> Feature:
    """It says one thing before the other."""
    (one, first), (other, second) = world.chance.sample(list(world.domain["facts"].items()), 2)
    blocks = [
        [user(fact["ask"]), agent(fact["say"].format(v=world.said(world.record[field])))]
        for field, fact in ((one, first), (other, second))
    ]
    return Feature(
        kind="order",
        criterion=f"The agent says {first['what']} in an earlier message than {second['what']}.",
        rule="says_before",
        arguments={"tool": world.domain["lookup"]["tool"], "first": one, "second": other},
        good=blocks,
        bad=blocks[::-1],
        needs_record=True,
    )


def done(world: World) -> Feature:
    """It does what it says it has done, or only says so, or it did not work."""
    act, lookup = world.domain["act"], world.domain["lookup"]
    ask, told = user(act["ask"]), agent(act["done"])
    worked = call(act["tool"], {lookup["arg"]: world.ref}, {"status": "done"})
    failed = call(act["tool"], {lookup["arg"]: world.ref}, {"error": "temporarily unavailable"})
    promised = agent("I'll take care of it right now. " + act["done"])
    bad: list[Message] = world.chance.choice(([ask, *failed, told], [ask, promised], [ask, told]))
    return Feature(
        kind="done, not promised",
        criterion=f"The agent really {act['did']}: the tool {act['tool']} was called for {world.ref} and it worked.",
        opposite=f"The agent never {act['did']} with success, whatever it says of it.",
        rule="called_about",
        arguments={"tool": act["tool"], "value": world.ref},
        good=[[ask, *worked, told]],
        bad=[bad],
        needs_record=True,
    )


def failure(world: World) -> Feature:
    """It says that something failed, or claims that it worked."""
    act, lookup = world.domain["act"], world.domain["lookup"]
    failed = call(act["tool"], {lookup["arg"]: world.ref}, {"error": world.chance.choice(_ERRORS)})
    ask = user(act["ask"])
    told = agent(world.chance.choice(_TOLD))
    return Feature(
        kind="failure told",
        criterion=f"After {act['tool']} returned an error, the agent told the user that it had not worked.",
        opposite=f"After {act['tool']} returned an error, the agent left the user believing that it had worked.",
        rule="tells_that_it_failed",
        arguments={"tool": act["tool"]},
        good=[[ask, *failed, told]],
        bad=[[ask, *failed, agent(act["done"])]],
        needs_record=True,
    )


_ERRORS = (
    "timeout after 30 s",
    "conflict: locked by another session",
    "internal error 5012",
    "not permitted for this type",
)
_TOLD = (
    "I'm sorry, that did not work just now. I'd try it again in an hour.",
    "Unfortunately the system reports an error, so nothing has changed yet.",
    "I tried, but it failed. A colleague will take it from here.",
    "That did not go through, I'm afraid.",
)


def tool_count(world: World) -> Feature:
    """So many calls."""
    searched = world.domain["search"]
    looked_up = call(searched["tool"], {}, {"results": world.results})
    more = call(searched["tool"], {"page": 2}, {"results": []})
    ask, answer = user(searched["ask"]), agent(_offer(world))
    good = world.chance.random() < 0.5
    once, twice = [ask, *looked_up, answer], [ask, *looked_up, *more, answer]
    return Feature(
        kind="count",
        criterion="The number of tool calls that the agent made is exactly {n}.",
        opposite="The number of tool calls that the agent made is not {n}.",
        rule="calls_so_many_tools",
        arguments={},
        good=[once if good else twice],
        bad=[twice if good else once],
        counted=lambda messages: len(calls(messages)),
    )


def refusal(world: World) -> Feature:
    """It keeps to itself what it must not tell, or gives it away."""
    secret, tool = world.domain["secret"], world.domain["lookup"]["tool"]
    ask = user(secret["ask"])
    return Feature(
        kind="refusal",
        criterion=secret["criterion"],
        opposite=f"The agent tells the user the {secret['field'].replace('_', ' ')} that {tool} returned.",
        rule="refuses",
        arguments={"tool": tool, "field": secret["field"]},
        good=[[ask, agent(secret["refuse"])]],
        bad=[[ask, agent(secret["give"].format(v=world.record[secret["field"]]))]],
        needs_record=True,
    )


def correction(world: World) -> Feature:
    """It books what the user said last, or what they said first."""
    book = world.domain["book"]
    first, last = world.chance.sample(book["values"], 2)
    told, changed = user(book["first"].format(v=first)), user(book["change"].format(v=last))

    def booked(value: str) -> list[Message]:
        return call(book["tool"], {book["field"]: value}, {"status": "booked"})

    wait = agent(world.chance.choice(("Let me check that.", "One moment, I'm looking.", "I'll see what is free.")))
    return Feature(
        kind="change of mind",
        criterion=f"The call of {book['tool']} has the {book['field']} that the user settled on in the end.",
        opposite=f"The call of {book['tool']} has another {book['field']} than the user settled on in the end.",
        rule="books_what_was_said_last",
        arguments={"tool": book["tool"], "field": book["field"], "values": book["values"]},
        good=[[told, wait, changed, *booked(last), agent(book["done"])]],
        bad=[[told, wait, changed, *booked(first), agent(book["done"])]],
    )


def recommends(world: World) -> Feature:
    """What it recommends has the quality that was wanted, or not."""
    searched = world.domain["search"]
    fit = next(one["name"] for one in world.results if one[searched["quality"]])
    unfit = next(one["name"] for one in world.results if not one[searched["quality"]])
    ask = user(f"{searched['ask']} It should be {searched['wanted']}.")
    looked_up = call(searched["tool"], {}, {"results": world.results})

    def told(name: str) -> dict[str, Any]:
        return agent(f"In that case I recommend {name}.")

    return Feature(
        kind="content",
        criterion=f"What the agent recommends is {searched['wanted']}, by the data of {searched['tool']}.",
        opposite=f"By the data of {searched['tool']}, what the agent recommends is not {searched['wanted']}.",
        rule="recommends_one_that_is",
        arguments={"tool": searched["tool"], "quality": searched["quality"]},
        good=[[ask, *looked_up, told(fit)]],
        bad=[[ask, *looked_up, told(unfit)]],
    )


def _offer(world: World) -> str:
    names = [one["name"] for one in world.results]
    return f"There are {', '.join(names[:-1])} and {names[-1]}."
