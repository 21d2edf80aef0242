"""What a simulated user must not say: asked for again once, then the run is invalid by the simulator's fault."""

from __future__ import annotations

from typing import Any

import pytest

import scenario
from scenario.agents.user_simulator.character import character_of
from scenario.agents.user_simulator.monitor import Watched, breach_of
from scenario.errors import ConfigurationError, UserSimulatorError
from scenario.testing import ModelReply, ModelServer, ToolUse
from tests.judge.courts import hearing
from tests.runner.players import Says, play
from tests.simulator.test_user_simulator_agent import user_at

KNOWS = {"order number": "4711", "name": "Anna Schmidt", "email": "anna@example.com", "customer_id": "C-100"}


def watched(messages: Any = (), system_prompt: str | None = None, **character: Any) -> Watched:
    """A customer who knows some facts."""
    settings = {"persona": None, "goal": "a refund", "knows": KNOWS, "traits": None, **character}
    return Watched(character_of(**settings), "A customer writes to a shop's support.", system_prompt, messages)


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("Hello! How can I help you today?", "role break"),
        ("How may I assist you?", "role break"),
        ("I’m here to help!", "role break"),
        ("Wie kann ich Ihnen heute helfen?", "role break"),
        ("¿En qué puedo ayudarte?", "role break"),
        ("As an AI language model, I cannot do that.", "role break"),
        ("I'm an AI assistant, so I can't.", "role break"),
        ("Is there anything else I can help you with?", "role break"),
        ("I'd be happy to help you with that!", "role break"),
        ("I've processed your refund.", "role break"),
        ("Let me check your order status.", "role break"),
        ("Assistant: sure", "role break"),
        ("(The agent calls get_order({}))", "role break"),
        ("Please share your order number so that I can check.", "role break"),
        ("I'll be assisting you today.", "role break"),
        ("Sure, I can help you with that! What is your order number?", "role break"),
        ("I want it.\n\nOf course! Could you please provide your order number?", "role break"),
        ("Your refund has been processed.", "role break"),
        ("Your refund has been processed. Is there something else?", "role break"),
        ("Welcome to ACME support!", "role break"),
        ("Hello! How may I assist you today", "role break"),
        ("As a language model I do not have orders.", "role break"),
        ("I'm sorry, but I can't assist with that request.", "role break"),
        ("I’m sorry, but I can’t help with that.", "role break"),
        ("I cannot fulfill this request.", "role break"),
        ("I can't roleplay as a customer.", "role break"),
        ("Okay, so I need to act as a customer. They want a refund.\n\nHi, I want a refund.", "role break"),
        ("We need to produce the user's next message. Keep it short.\n\nHi!", "role break"),
        ("Thinking Process:\n\n1. Analyze\n\nHi!", "role break"),
        ("Let me think. The customer is angry.\n\n---\n\nI want it!", "role break"),
        ("I'm just a simulated customer.", "leaked instructions"),
        ("The scenario says that I want a refund.", "leaked instructions"),
        ("In this scenario, I'm a customer who wants a refund.", "leaked instructions"),
        ("I am to write ###STOP### when I am satisfied, you see.", "leaked instructions"),
        ("I am playing the user here.", "leaked instructions"),
        ("As the user in this test, I want a refund.", "leaked instructions"),
        ("What the user wants:\nA refund", "leaked instructions"),
        ("Stay the user: you want something from the agent.", "leaked instructions"),
        ("My order number is 4712.", "invented fact"),
        ("order number: 47-12", "invented fact"),
        ("It's order #9999.", "invented fact"),
        ("My name is Bob Miller.", "invented fact"),
        ("my email is bob@example.com", "invented fact"),
    ],
)
def test_what_is_no_line_of_this_user(line: str, rule: str) -> None:
    """By rules alone."""
    breach = breach_of(line, watched())
    assert breach is not None
    assert breach.rule == rule


@pytest.mark.parametrize(
    "line",
    [
        "Hi, can you help me?", "I'm an AI engineer and my model fails.", "Are you an AI?", "This is just a test.",
        ("My order number is "
        "4711."), "It is order 47 11.", "It ends in 711.", "Not order number 4712!", "My name is Anna.",
        "You said my order number is 4712, but it is 4711.", "I don't know my customer id.", "How did the test go?",
        "Let me know if you need anything else.", "I will check my order later.", "How can I help my son with that?",
        "The situation: my parcel is lost.", "I have cancelled my order.", "Can you act as a translator?",
        ("You can reach me at "
        "bob@example.com."), "My other order number is 5005.", "Happy to help!", "I ordered 2 pizzas.",
        "I'm happy to help you find it: it is a blue box.", "I'll review your request.",
        "Wie kann ich meinem Sohn helfen?", "I'm sorry, but I can't find my order number.",
        "I'm sorry, but I can't assist my mother today.", "Sorry, I can't provide a photo.",
        "I can't complete the request on your page.", "I'm sorry, I can't create a user in your system.",
        'Your bot just told me "How can I help you today?" and nothing more.', "Your mail: “As an AI, I cannot.”",
        "Your bot said: How can I help you today?", "> I'm an AI assistant.\n\nYou wrote that!",
        "I've updated your app, still broken.", "I've cancelled your newsletter, but still get mail.",
        "Let me check your order page and come back.", "Is there anything else I can do?",
        "Is there anything else I can do for you to speed this up?", "As an AI, I wonder: are you able to feel?",
        "I'm an AI trained nurse", "I am an AI. Kidding! I'm Bob.", "I'm building a test of an AI agent.",
        "My system prompt says it should answer in JSON. Why doesn't it?", "¿Cómo puedo ayudar a mi hija?",
        "Comment puis-je vous aider à comprendre?", "I'm acting as a customer advocate for my father.",
        "I'm playing the customer in a training next week.", "I'll be helping you with the files.",
        "Thank you for contacting us, says your mail. And now?", "Your refund has been processed, says the mail.",
        "Tell me your account number so I can check if the money came.", "I need to write the user message of a form.",
        "What the user wants: a refund. That's in your FAQ, no?", "Ok so the user wants to export.\n\nHow?",
        "In this scenario, I am a new customer, what do I pay?", "We should output the user message twice.",
        "Your order has been cancelled. Why did I get this?", "Certainly, may I have your name for my notes?",
        "I won't act as a customer for you.", "Tell me how can I help", "Okay, I'll be the customer then.",
        "I'm your assistant's boss.", "I have to act as a customer in a training.\n\nAny tips?",
    ],
)  # fmt: skip
def test_what_a_user_may_say(line: str) -> None:
    """A false alarm costs a run."""
    assert breach_of(line, watched()) is None


@pytest.mark.parametrize(
    "line",
    [
        "My phone is 0170 1234567.", "My phone number is 0170-123 45 67", "Is the PIN 0000 by default?",
        "The default PIN is 0000, I think", "My order number is 4-digit", "My order number is 12 characters long.",
        "My work email is a@corp.com", "My name is Misspelled on the invoice: Ana", "Is order number 4712 yours?",
    ],
)  # fmt: skip
def test_what_contradicts_no_fact(line: str) -> None:
    """The same number written otherwise, what is asked, and what is told of another thing."""
    facts = {**KNOWS, "phone": "+49 170 1234567", "PIN": "1234"}
    assert breach_of(line, watched(knows=facts)) is None


@pytest.mark.parametrize("line", ["My phone is 0170 7654321.", "The PIN is 9876.", "My PIN is 9876, is that right?"])
def test_what_contradicts_one_all_the_same(line: str) -> None:
    """Another number is another."""
    found = breach_of(line, watched(knows={"phone": "+49 170 1234567", "PIN": "1234"}))
    assert (found is not None and found.rule == "invented fact") is not line.endswith("?")


def test_one_who_was_asked_may_refuse_to_help() -> None:
    """As the first words it is the model that refuses."""
    line = "Sorry, I can't help with that."
    asked = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Can you send a photo?"}]
    assert breach_of(line, watched(asked)) is None
    assert breach_of(line, watched()) is not None


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("My order number is 4712.", "stated as a fact what the test says otherwise"),
        ("How can I help you?", "fell out of its role"),
    ],
)
async def test_the_error_says_what_happened(line: str, says: str) -> None:
    """An invented fact is no fall out of a role."""
    async with ModelServer([line, line]) as server:
        with pytest.raises(UserSimulatorError, match=says):
            await play(user_at(server, knows=KNOWS), Says("ok"))


def test_the_words_of_the_test_may_allow_it() -> None:
    """A user who serves people, who is a machine, or who is to be wrong about facts."""
    offer, number = "How can I help you today?", "My order number is 4712."
    assert breach_of(offer, watched(persona="A receptionist at a clinic")) is None
    assert breach_of(offer, watched(system_prompt="You are a hotel's concierge.")) is None
    assert breach_of(offer, watched(system_prompt="You are a guest. You talk to a concierge.")) is not None
    assert breach_of(number, watched(traits=["wrong_about_facts"])) is None
    assert breach_of(number, watched(goal="Gives a wrong order number at first.")) is None
    assert breach_of(number, watched(goal="A refund for the wrong parcel.")) is not None
    assert breach_of(number, watched(persona="expert", traits=["other_language: German"])) is not None
    assert breach_of(number, watched([{"role": "assistant", "content": "Is it 4712?"}])) is None


def test_the_same_over_and_over() -> None:
    """The fourth time in a row, where the agent has answered differently each time; else a user may insist."""
    line = "Where is my parcel, please?"

    def talk(*answers: str) -> Watched:
        messages = []
        for answer in answers:
            messages += [{"role": "user", "content": line}, {"role": "assistant", "content": answer}]
        return watched(messages)

    found = breach_of(line, talk("a", "b", "c"))
    assert found is not None
    assert found.rule == "repetition"
    assert breach_of(line, talk("a", "b")) is None
    assert breach_of(line, talk("a", "a", "a")) is None
    assert breach_of("Yes.", talk("a", "b", "c")) is None


async def test_such_a_line_is_asked_for_again_with_the_reason() -> None:
    """And it is not said."""
    async with ModelServer(["How can I help you today?", "Where is my parcel?"]) as server:
        line = await user_at(server).call(hearing([]))
        *_, wrong, told = server.requests[1].body["messages"]
    assert line == {"role": "user", "content": "Where is my parcel?"}
    assert wrong == {"role": "assistant", "content": "How can I help you today?"}
    assert "it speaks as the agent does" in told["content"]


async def test_twice_makes_the_run_invalid() -> None:
    """The error shows the line, its turn, the rule and the remedy; the agent was not sent it."""
    agent = Says("ok")
    async with ModelServer(["Hi.", "As an AI, I cannot.", "My order number is 4712."]) as server:
        with pytest.raises(UserSimulatorError) as failed:
            await play(user_at(server, knows=KNOWS), agent)
    assert failed.value.fault == "user simulator"
    said = str(failed.value)
    for words in (
        "In turn 2",
        "'My order number is 4712.'",
        "invented fact",
        "'4711'",
        "wrong_about_facts",
        "monitor=False",
    ):
        assert words in said
    assert [message["content"] for message in failed.value.messages] == ["Hi.", "ok"]
    assert agent.calls == 1


async def test_it_can_be_switched_off() -> None:
    """Whatever the model says is said."""
    async with ModelServer(["How can I help you today?"]) as server:
        line = await user_at(server, monitor=False).call(hearing([]))
    assert line == {"role": "user", "content": "How can I help you today?"}


def report(fine: bool, rule: str = "none", reason: str = "") -> ModelReply:
    """A watching model's answer."""
    return ModelReply(tools=(ToolUse(name="report", arguments={"fine": fine, "rule": rule, "reason": reason}),))


async def test_a_model_may_watch_too() -> None:
    """Once a line, with what the user wants; it sees a goal that is not pursued."""
    wrong = report(False, "goal not pursued", "it talks about the weather")
    async with ModelServer(["Nice weather.", wrong, "Where is my parcel?", report(True)]) as server:
        line = await user_at(server, monitor="model", goal="Find the parcel.").call(hearing([]))
        asked = server.requests[1].body["messages"]
    assert line == {"role": "user", "content": "Where is my parcel?"}
    assert "Find the parcel." in asked[0]["content"]
    assert "Nice weather." in asked[-1]["content"]
    assert "it talks about the weather" in server.requests[2].body["messages"][-1]["content"]


async def test_a_model_that_watches_fails_a_run_too() -> None:
    """Twice is twice, and the rules come first, as they cost nothing."""
    wrong = report(False, "goal not pursued", "it gives up")
    async with ModelServer(["How can I help you?", "Never mind.", wrong]) as server:
        with pytest.raises(UserSimulatorError, match=r"'Never mind\.'.*goal not pursued: it gives up"):
            await user_at(server, monitor="model").call(hearing([]))


@pytest.mark.parametrize("monitor", ["rule", 1.5, ["model"]])
def test_another_monitor_is_refused(monitor: Any) -> None:
    """Where it is made."""
    with pytest.raises(ConfigurationError, match=r'monitor=.*"rules", "model" or False'):
        scenario.UserSimulatorAgent(model="openai/x", monitor=monitor)
