"""Features of what is said, by whom, how, and how often."""

from __future__ import annotations

from typing import Final

from labelling.feature import Feature, agent, call, user
from labelling.languages import EXCHANGES
from labelling.transcript import Message, longest_reply, questions, said_by
from labelling.world import World

_AT_LENGTH: Final = (
    " In case you wonder, this has been so for quite some time, and most people find it convenient, although we are "
    "always open to suggestions, be it by letter, on the telephone or in person."
)
_MORE_OF_IT: Final = (
    " I should perhaps add that there are a few exceptions which hardly ever matter in practice, and which you will "
    "find described at the very end of our terms, together with everything else that we wrote down there."
)
_HELP: Final = (
    "Is there anything else?",
    "Does that help?",
    "Would you like to know more?",
    "Is that all right for you?",
)


def question_count(world: World) -> Feature:
    """So many questions of the agent."""
    asked, answer = world.chance.choice(world.domain["fillers"])
    more = f"{answer} {world.chance.choice(_HELP)}"
    good = world.chance.random() < 0.5
    return Feature(
        kind="count",
        criterion="The number of questions that the agent asked the user is exactly {n}.",
        opposite="The number of questions that the agent asked the user is not {n}.",
        rule="asks_so_many_questions",
        arguments={},
        good=[[user(asked), agent(answer if good else more)]],
        bad=[[user(asked), agent(more if good else answer)]],
        counted=lambda messages: len(questions(messages)),
    )


def message_count(world: World) -> Feature:
    """So many messages of the user."""
    asked, answer = world.chance.choice(world.domain["fillers"])
    once = [user(f"{asked} And thanks so far."), agent(answer)]
    twice = [user(asked), agent(answer), user("And thanks so far."), agent("My pleasure.")]
    good = world.chance.random() < 0.5
    return Feature(
        kind="count",
        criterion="The number of messages that the user wrote is exactly {n}.",
        opposite="The number of messages that the user wrote is not {n}.",
        rule="user_writes_so_often",
        arguments={},
        good=[once if good else twice],
        bad=[twice if good else once],
        counted=lambda messages: len(said_by(messages, "user")),
    )


def who_said(world: World) -> Feature:
    """One of the two mentions it first."""
    extra = world.domain["extra"]
    asked, offered = world.chance.choice(world.domain["fillers"])
    by_user = [user(extra["user"]), agent(extra["reply"])]
    by_agent = [user(asked), agent(f"{offered} {extra['agent']}"), user(extra["thanks"]), agent("As you like.")]
    by_agent, by_user = (
        ([*by_agent, *by_user], [*by_user, *by_agent]) if world.chance.random() < 0.5 else (by_agent, by_user)
    )
    role = world.chance.choice(("user", "assistant"))
    one, other = ("user", "agent") if role == "user" else ("agent", "user")
    return Feature(
        kind="who said",
        criterion=f"The {extra['term']} comes up in what the {one} says before the {other} mentions it.",
        rule="first_to_mention",
        arguments={"term": extra["term"], "role": role},
        good=[by_user if role == "user" else by_agent],
        bad=[by_agent if role == "user" else by_user],
    )


def absence(world: World) -> Feature:
    """It does not ask for something, or it does; the word falls either way."""
    contact = world.domain["contact"]
    asked, answer = world.chance.choice(world.domain["fillers"])
    mentioned = [user(f"{asked} {contact['mention']}"), agent(f"{contact['respect']} {answer}")]
    inquired = [
        user(asked),
        agent(f"{answer} {contact['ask']}"),
        user(contact["mention"]),
        agent(contact["respect"]),
    ]
    return Feature(
        kind="absence",
        criterion=f"At no point does the agent ask for the user's {contact['term']}.",
        opposite=f"The agent asks for the user's {contact['term']}.",
        rule="never_asks_for",
        arguments={"term": contact["term"]},
        good=[mentioned],
        bad=[inquired],
    )


def repetition(world: World) -> Feature:
    """It asks once, or once more for what it was given."""
    contact = world.domain["contact"]
    (one, first), (other, second) = world.chance.sample(world.domain["fillers"], 2)
    asks = [user(one), agent(f"{first} {contact['ask']}"), user("I'd rather tell you at the desk."), agent("Fine.")]
    return Feature(
        kind="repetition",
        criterion=f"The agent asks for the user's {contact['term']} no more than once.",
        opposite=f"The agent asks for the user's {contact['term']} again although it had asked before.",
        rule="asks_at_most_once_for",
        arguments={"term": contact["term"]},
        good=[asks, [user(other), agent(f"{second} {world.chance.choice(_HELP)}")]],
        bad=[asks, [user(other), agent(f"{second} {contact['ask']}")]],
    )


def same_words(world: World) -> Feature:
    """It says the same thing twice, word for word, or in other words."""
    content = world.chance.choice(world.domain["content"])
    first = [user(content["ask"]), agent(content["say"])]
    again = user(f"Sorry, I lost the thread. {content['ask']}")
    return Feature(
        kind="repetition",
        criterion="No message of the agent is a word-for-word repetition of an earlier one.",
        opposite="The agent sends one of its earlier messages again, word for word.",
        rule="never_says_the_same_twice",
        arguments={},
        good=[first, [again, agent(f"No problem, once more: {content['say'][0].lower()}{content['say'][1:]}")]],
        bad=[first, [again, agent(content["say"])]],
    )


def language(world: World) -> Feature:
    """It answers in the language in which it is asked, or in English."""
    name = world.chance.choice(list(EXCHANGES))
    exchange = world.chance.choice(EXCHANGES[name])
    every = world.chance.random() < 0.4
    return Feature(
        kind="language",
        criterion=(
            "Each reply of the agent is in the language of the message that it answers."
            if every
            else f"The agent answers the question that the user asks in {name} in {name}."
        ),
        opposite=(
            "Some reply of the agent is in another language than the message that it answers."
            if every
            else f"The agent's answer to the question asked in {name} is in another language."
        ),
        rule="answers_in_the_language_of_the_user" if every else "answers_in_it",
        arguments={} if every else {"language": name},
        good=[[user(exchange.question), agent(exchange.answer)]],
        bad=[[user(exchange.question), agent(exchange.english)]],
    )


def sums(world: World) -> Feature:
    """The total that it names is the sum of what it lists, or not."""
    items = world.results[: world.chance.randrange(2, 4)]
    cents = sum(round(one["price"] * 100) for one in items)
    wrong = cents + world.chance.choice((-1000, -500, -90, 90, 300, 1000))
    names = " and ".join(one["name"] for one in items)
    listed = ", ".join(f"{one['name']} {world.money}{one['price']:.2f}" for one in items)
    ask = user(f"What would {names} cost me, each and as a whole?")

    def told(total: int) -> Message:
        return agent(f"{listed}: together that makes {world.money}{total / 100:.2f}.")

    return Feature(
        kind="numbers",
        criterion="The total that the agent names is the sum of the prices that it lists with it.",
        opposite="The total that the agent names is not the sum of the prices that it lists with it.",
        rule="adds_up",
        arguments={},
        good=[[ask, told(cents)]],
        bad=[[ask, told(wrong)]],
    )


def below(world: World) -> Feature:
    """All prices that it lists are below a limit, or one is not."""
    searched = world.domain["search"]
    ordered = sorted(world.results, key=lambda one: float(one["price"]))
    limit = int(ordered[-1]["price"])
    ask = user(f"{searched['ask']} I can spend {world.money}{limit}.")
    looked_up = call(searched["tool"], {"most": limit}, {"results": world.results})

    def told(items: list[dict[str, object]]) -> Message:
        shown = "\n".join(f"- {one['name']}: {world.money}{one['price']:.2f}" for one in items)
        return agent(f"You could have:\n{shown}")

    return Feature(
        kind="numbers",
        criterion=f"Everything that the agent lists costs less than {world.money}{limit}.",
        opposite=f"Something that the agent lists costs {world.money}{limit} or more.",
        rule="prices_below",
        arguments={"limit": limit},
        good=[[ask, *looked_up, told(ordered[:-1])]],
        bad=[[ask, *looked_up, told(ordered[1:])]],
    )


def steps(world: World) -> Feature:
    """It lists steps, or tells them in a sentence, or one is missing."""
    told = world.domain["steps"]
    lines, ask = told["steps"], user(told["ask"])
    mark = world.chance.choice(("{n}. ", "- "))

    def shown(some: list[str]) -> Message:
        return agent("\n".join(["Like this:", *(mark.format(n=n) + one for n, one in enumerate(some, start=1))]))

    prose = agent(f"Like this: {'; then '.join(one[0].lower() + one[1:] for one in lines)}.")
    return Feature(
        kind="format",
        criterion=f"One of the agent's messages has a list of exactly {len(lines)} items, one to a line.",
        opposite=f"None of the agent's messages has a list of exactly {len(lines)} items, one to a line.",
        rule="lists_steps",
        arguments={"n": len(lines)},
        good=[[ask, shown(lines)]],
        bad=[[ask, world.chance.choice((prose, shown(lines[:-1])))]],
    )


def brief(world: World) -> Feature:
    """All replies are short, or one is long."""
    content = world.chance.choice(world.domain["content"])
    ask = user(content["ask"])
    return Feature(
        kind="format",
        criterion="None of the agent's replies is longer than {n} words.",
        opposite="At least one of the agent's replies is longer than {n} words.",
        rule="is_brief",
        arguments={},
        good=[[ask, agent(content["say"])]],
        bad=[[ask, agent(content["say"] + world.chance.choice((_AT_LENGTH, _MORE_OF_IT)))]],
        counted=lambda messages: max(20, -(-(longest_reply(messages) + 2) // 5) * 5),
    )


def content(world: World) -> Feature:
    """It answers a question, or talks of something beside it."""
    told = world.chance.choice(world.domain["content"])
    ask = user(told["ask"])
    return Feature(
        kind="content",
        criterion=told["criterion"],
        rule="says_one_of",
        arguments={"terms": told["terms"]},
        good=[[ask, agent(told["say"])]],
        bad=[[ask, agent(told["evade"])]],
    )


def memory(world: World) -> Feature:
    """It goes by what the user said long before, or by something else."""
    need = world.domain["need"]
    value, other = world.chance.sample(need["values"], 2)
    told = [user(need["say"].format(v=value)), agent(need["note"])]
    ask = user(need["ask"])
    return Feature(
        kind="memory",
        criterion=need["criterion"],
        rule="keeps_to_what_was_said",
        arguments={"values": need["values"]},
        good=[told, [ask, agent(need["later"].format(v=value))]],
        bad=[told, [ask, agent(need["later"].format(v=other))]],
    )
