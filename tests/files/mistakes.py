"""Scenario files with one mistake each: where it is, and what the message must tell."""
# ruff: noqa: E501 - a table is read by its rows

from __future__ import annotations

from typing import NamedTuple

GOOD = """\
name: weather
description: A traveller asks about the weather.
agent:
  url: http://127.0.0.1:8000/chat
judge:
  criteria:
    - The agent names a temperature
script:
  - user: Hi
  - agent
  - judge
"""


class Mistake(NamedTuple):
    """A file with a mistake.

    Attributes:
        kind: what is wrong, in words.
        text: the file.
        line: where the message must point to.
        told: texts that the message must have: the value or the name, and the remedy.
        name: the file's name.
    """

    kind: str
    text: str
    line: int
    told: tuple[str, ...]
    name: str = "weather.yaml"


def changed(old: str, new: str) -> str:
    """The good file with one change."""
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new)


MISTAKES = [
    Mistake("a name that is not known", changed("description:", "desciption:"), 2, ("'desciption'", "'description'")),
    Mistake("a nested name", changed("  url:", "  histroy: last\n  url:"), 4, ("agent.histroy", "'history'")),
    Mistake("a missing agent", GOOD.replace("agent:\n  url: http://127.0.0.1:8000/chat\n", ""), 1, ("'agent' is missing",)),
    Mistake("an agent without a place", changed("url: http://127.0.0.1:8000/chat", "method: GET"), 3, ("url", "python:")),
    Mistake("a URL without a scheme", changed("http://127.0.0.1:8000/chat", "127.0.0.1:8000"), 4, ("agent.url", "http://")),
    Mistake("two places", changed("  url:", "  python: a:b\n  url:"), 3, ("side by side",)),
    Mistake("no module:attribute", changed("url: http://127.0.0.1:8000/chat", "python: my_agent"), 4, ("module:attribute",)),
    Mistake("an unknown protocol", changed("  url:", "  protocol: opnai-chat\n  url:"), 4, ("'opnai-chat'", "'openai-chat'")),
    Mistake("an unknown choice", changed("  url:", "  history: lst\n  url:"), 4, ("'lst'", "'last'")),
    Mistake("where no redirect leads", changed("  url:", "  redirects: all\n  url:"), 4, ("'all'", "same-host")),
    Mistake("a number as text", changed("  url:", "  timeouts: {idle: 20s}\n  url:"), 4, ("agent.timeouts.idle", "'20s'", "without")),
    Mistake("a deadline of zero", changed("  url:", "  timeouts: {idle: 0}\n  url:"), 4, ("0 is out of range", "above 0")),
    Mistake("a variable as a header's name", changed("  url:", "  headers: {$env.NAME: a}\n  url:"), 4, ("$env.NAME", "Write the name out")),
    Mistake("a variable as a field's name", changed("  url:", "  request: {a: [{$env.NAME: $message}]}\n  url:"), 4, ("$env.NAME", "Write the name out")),
    Mistake("a placeholder", changed("  url:", "  request: {q: $mesage}\n  url:"), 4, ("agent.request", "$mesage", "$message")),
    Mistake("no JMESPath", changed("  url:", "  reply: 'a..b'\n  url:"), 4, ("agent.reply", "a..b", "JMESPath")),
    Mistake("a header that is a number", changed("  url:", "  headers: {x-version: 2}\n  url:"), 4, ("agent.headers.x-version", "Quotation marks")),
    Mistake("a text for a list", changed("criteria:\n    - The agent names a temperature", "criteria: It is good"), 6, ("judge.criteria", "a list", "Write [")),
    Mistake("a criterion twice", changed("temperature\n", "temperature\n    - The agent names a temperature\n"), 8, ("twice",)),
    Mistake("an empty criterion", changed("temperature\n", "temperature\n    - ''\n"), 8, ("judge.criteria[1]", "empty")),
    Mistake("nothing to judge", changed("judge:\n  criteria:\n    - The agent names a temperature\n", ""), 8, ("nothing to judge",)),
    Mistake("an unknown provider", changed("judge:\n", "judge:\n  model: opnai/gpt-4o\n"), 6, ("judge.model", "'openai'", "api_base")),
    Mistake("a key in the file", changed("judge:\n", "judge:\n  api_key: sk-1234567890abcdef\n"), 6, ("judge.api_key", "$env.NAME")),
    Mistake("a threshold beyond one", changed("judge:\n", "judge:\n  threshold: 80\n"), 6, ("80 is out of range", "at most 1")),
    Mistake("too few controls", changed("judge:\n", "judge:\n  controls: 1\n"), 6, ("judge.controls", "1 is out of range", "at least 2")),
    Mistake("another judge of an unknown provider", changed("judge:\n", "judge:\n  escalate_to: opnai/gpt-4o\n"), 6, ("judge.escalate_to", "'openai'")),
    Mistake("a decision model without an address", changed("judge:\n", "judge:\n  model: decide/jev\n"), 6, ("judge.model", "no api_base", "systemone/jev")),
    Mistake("another judge without a model", changed("judge:\n", "judge:\n  escalate_to: {api_base: http://localhost:1}\n"), 6, ("judge.escalate_to", "no model")),
    Mistake("another judge's key in the file", changed("judge:\n", "judge:\n  escalate_to:\n    model: openai/a\n    api_key: sk-1234567890abcdef\n"), 8, ("judge.escalate_to.api_key", "$env.NAME")),
    Mistake("an unknown step", changed("- user: Hi", "- usr: Hi"), 9, ("script[0].usr", "'user'")),
    Mistake("an unknown bare step", changed("  - agent\n", "  - agnt\n"), 10, ("'agnt'", "'agent'")),
    Mistake("two steps in one", changed("  - user: Hi\n  - agent\n", "  - user: Hi\n    agent: Hello\n"), 9, ("user and agent", "dash")),
    Mistake("no verdict", changed("  - judge\n", ""), 10, ("without a verdict", "- judge")),
    Mistake("a check behind the verdict", GOOD + "  - check: {text_contains: Paris}\n", 12, ("script[3]", "this step is never reached", "`judge` in line 11", "- judge: [...]")),
    Mistake("steps behind a verdict with a context", changed("  - judge\n", "  - judge: {context: It rains.}\n  - user: And?\n  - agent\n"), 12, ("this step and those after it", "`judge` in line 11")),
    Mistake("steps behind free play without a number", changed("  - judge\n", "  - proceed\n  - judge\n"), 12, ("script[3]", "`proceed` in line 11", "- proceed: 2")),
    Mistake("a step behind a success", changed("  - judge\n", "  - succeed: Good.\n  - judge\n"), 12, ("`succeed` in line 11", "Put it last")),
    Mistake("a step behind a failure", changed("  - judge\n", "  - fail\n  - judge\n"), 12, ("`fail` in line 11", "Put it last")),
    Mistake("an unknown check", changed("  - judge\n", "  - check: {text_contain: Paris}\n  - judge\n"), 11, ("text_contain", "'text_contains'")),
    Mistake("no regular expression", changed("  - judge\n", "  - check: {matches: '('}\n  - judge\n"), 11, ("check.matches", "regular expression")),
    Mistake("a check without a value", changed("  - judge\n", "  - check:\n  - judge\n"), 11, ("'check' has no value",)),
    Mistake("a value for a step that has none", changed("  - judge\n", "  - approve: now\n  - judge\n"), 11, ("script[2].approve", "'now'", "Write approve alone")),
    Mistake("a message of an unknown role", changed("- user: Hi", "- message: {role: usr, content: Hi}"), 9, ("script[0].message.role", "'usr'", "'user'")),
    Mistake("a message without a role", changed("- user: Hi", "- message: {content: Hi}"), 9, ("script[0].message", "'role' is missing", "assistant")),
    Mistake("rows in a format that is not read", GOOD + "parameters: {file: weather.yaml}\n", 12, ("parameters.file", "weather.yaml", ".csv")),
    Mistake("turns as a word", changed("  - judge\n", "  - proceed: three\n  - judge\n"), 11, ("'three'", "whole number")),
    Mistake("a floor above the limit", GOOD + "limits:\n  max_turns: 2\n  min_turns: 5\n", 14, ("min_turns (5)", "max_turns (2)")),
    Mistake("tags as a text", GOOD + "tags: smoke\n", 12, ("tags", "['smoke']")),
    Mistake("a shared block that is not there", GOOD + "extends: bsae\nshared:\n  base: {tags: [a]}\n", 12, ("'bsae'", "'base'")),
    Mistake("a file that is not there", GOOD + "extends: nowhere.yaml\n", 12, ("nowhere.yaml", "Check the path")),
    Mistake("a circle", GOOD + "extends: a\nshared:\n  a: {extends: b}\n  b: {extends: a}\n", 15, ("circle",)),
    Mistake("an unknown parameter", changed("Hi", "Hi ${citty}") + "parameters:\n  matrix: {city: [Paris]}\n", 9, ("'citty'", "'city'")),
    Mistake("no parameters at all", changed("Hi", "Hi ${city}"), 9, ("${city}", "$${")),
    Mistake("an empty matrix", GOOD + "parameters:\n  matrix:\n    city: []\n", 14, ("parameters.matrix.city", "empty")),
    Mistake("rows that are not there", GOOD + "parameters: {file: rows.csv}\n", 12, ("rows.csv", "CSV or JSONL")),
    Mistake("a name twice", GOOD + "name: again\n", 12, ("'name'", "line 1")),
    Mistake("a colon in a text", changed("- user: Hi", "- user: Hi: there"), 9, ("quotation marks",)),
    Mistake("a tab", changed("  url:", "\turl:"), 4, ("spaces",)),
    Mistake("an undefined alias", GOOD + "tags: *words\n", 12, ("*words", "Anchors")),
    Mistake("code in a tag", GOOD + "metadata: !!python/object:os.system {}\n", 12, ("tag", "without it")),
    Mistake("two documents", GOOD + "---\nname: other\n", 12, ("second document", "scenarios:")),
    Mistake("a list as the whole", "- name: weather\n", 1, ("mapping", "agent")),
    Mistake("a persona that is none", "agent: http://localhost:1\nuser: expertt\n", 2, ("persona='expertt'", "'expert'", "newcomer")),
    Mistake("a trait that is none", "agent: http://localhost:1\nuser:\n  goal: x\n  traits: [impatiant, vague]\n", 4, ("user.traits", "'impatient'", "types_badly")),
    Mistake("a fact without a value", "agent: http://localhost:1\nuser:\n  knows: {order number: null}\n", 3, ("order number", "a text")),
    Mistake("an answer that is none", "agent: http://localhost:1\nuser:\n  on_interrupt: approved\n", 3, ("'approved'", "'approve'", "reject, user")),
    Mistake("a monitor that is none", "agent: http://localhost:1\nuser:\n  monitor: rule\n", 3, ("'rule'", "'rules'")),
    Mistake("a monitor that is off", "agent: http://localhost:1\nuser:\n  monitor: off\n", 3, ("'off'", "Write false")),
    Mistake("an empty persona", "agent: http://localhost:1\nuser:\n  persona: ''\n", 3, ("user.persona", "empty")),
    Mistake("an empty goal", "agent: http://localhost:1\nuser:\n  goal: ' '\n", 3, ("user.goal", "empty")),
    Mistake("an empty user", "agent: http://localhost:1\nuser: ''\n", 2, ("persona", "empty")),
    Mistake("a language that is missing", "agent: http://localhost:1\nuser:\n  traits: [other_language]\n", 3, ("user.traits[0]", "German")),
    Mistake("a trait twice", "agent: http://localhost:1\nuser:\n  traits: [vague, vague]\n", 3, ("user.traits", "twice")),
    Mistake("two of one name", "agent: http://localhost:1\nuser: A child\nscenarios:\n  - name: a\n  - name: a\n", 5, ("line 4", "otherwise")),
    Mistake("a name for all", "name: all\nagent: http://localhost:1\nuser: A child\nscenarios:\n  - name: a\n", 1, ("set_id",)),
    Mistake("JSON with a comma too many", '{\n  "agent": "http://localhost:1",\n}\n', 2, ("comma",), "weather.json"),
    Mistake("TOML without quotation marks", 'agent = "http://localhost:1"\nname = weather\n', 2, ("quotation marks",), "weather.toml"),
    Mistake("TOML with a step amid a list", 'agent = "http://localhost:1"\nscript = [\n  {user = "Hi ]"}, # [\n  {agnt = "x"},\n  "succeed",\n]\n', 4, ("script[1].agnt", "'agent'"), "weather.toml"),
    Mistake("TOML with a number of 5,000 digits", f'agent = "http://localhost:1"\nset_id = {"9" * 5000}\n', 2, ("too many digits", "Quotation marks"), "weather.toml"),
    Mistake("a number beyond 64 bits", GOOD + "metadata: {id: 12345678901234567890}\n", 12, ("12345678901234567890", "Quotation marks")),
    Mistake("JSON with a number beyond 64 bits", '{\n  "agent": "http://localhost:1",\n  "metadata": {"id": 12345678901234567890}\n}\n', 3, ("12345678901234567890", "Quotation marks"), "weather.json"),
    Mistake("JSON with a line end in a text", '{\n  "agent": "http://localhost:1\n"}\n', 2, ("line end", "\\n"), "weather.json"),
    Mistake("a text whose quotation mark is not closed", changed("- user: Hi", '- user: "Hi'), 9, ("no end", "close the quotation mark")),
    Mistake("a bracket that is not closed", changed("- user: Hi", "- {user: Hi"), 9, ("no end", "bracket")),
    Mistake("a control character", changed("- user: Hi", "- user: H\x07i"), 9, ("#x0007", "by its code")),
    Mistake("a check that has no value", changed("  - judge\n", "  - check: {text_contains: }\n  - judge\n"), 11, ("check.text_contains", "check nothing")),
    Mistake("a check that always holds", changed("  - judge\n", "  - check: {text_contains: [Paris, '']}\n  - judge\n"), 11, ("check.text_contains", "in every text")),
    Mistake("a list of no checks", changed("  - judge\n", "  - checks: []\n  - judge\n"), 11, ("script[2].checks", "no check")),
    Mistake("a step that needs a value", changed("  - judge\n", "  - wait\n  - judge\n"), 11, ("'wait'", "wait: …")),
    Mistake("a step in quotation marks", changed("- user: Hi", '- "user: Hi"'), 9, ("'user: Hi'", "without the quotation marks")),
    Mistake("a criterion with a colon", changed("- The agent names a temperature", "- The agent: names it"), 7, ("judge.criteria[0]", "a colon", "quotation marks")),
    Mistake("one criterion as the judge", changed("judge:\n  criteria:\n    - The agent names a temperature\n", "judge: It is good\n"), 5, ("judge", "Write ['It is good']")),
    Mistake("arguments for nobody", changed("  url:", "  arguments: {a: 1}\n  url:"), 4, ("agent.arguments", "`python`")),
    Mistake("a header's name with a space", changed("  url:", "  headers: {'x version': a}\n  url:"), 4, ("agent.headers", "'x version'", "no spaces")),
    Mistake("an api_base without a scheme", changed("judge:\n", "judge:\n  model: openai/x\n  api_base: localhost:1234\n"), 7, ("judge.api_base", "'localhost:1234'", "http://")),
    Mistake("a verdict on nothing", changed("  - judge\n", "  - judge: []\n"), 11, ("script[2].judge", "empty list", "judge alone")),
    Mistake("a matrix without names", GOOD + "parameters: {matrix: {}}\n", 12, ("parameters.matrix", "empty")),
    Mistake("a row without the value", changed("Hi", "Hi ${b}") + "parameters: {rows: [{a: 1}]}\n", 9, ("'b'", "There are: a")),
    Mistake("a word of a row as a number", GOOD + "limits: {max_turns: '${n}'}\nparameters: {rows: [{n: many}]}\n", 12, ("limits.max_turns", "'many'", "a whole number")),
    Mistake("yes for true", changed("  url:", "  keep_open: yes\n  url:"), 4, ("'yes'", "true or false")),
    Mistake("a time of day as a number", GOOD + "limits: {max_time: 1:30}\n", 12, ("'1:30'", "a number")),
    Mistake("a number as the name", changed("name: weather", "name: 42"), 1, ("42", "Quotation marks")),
    Mistake("an alias inside its own block", GOOD + "shared: &s {a: *s}\n", 12, ("never ends",)),
    Mistake("aliases that unfold to millions", "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n" + GOOD, 5, ("100,000", "fewer aliases")),
    Mistake("blocks beyond depth", GOOD + "metadata: " + "{a: " * 150 + "1" + "}" * 150 + "\n", 12, ("nested", "flatter")),
    Mistake("a matrix of billions", GOOD + "parameters:\n  matrix: {" + ", ".join(f"p{i}: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]" for i in range(9)) + "}\n", 13, ("1,000,000,000", "Give fewer")),
    Mistake("a scenario without a name of its kind", "agent: http://localhost:1\nscenaros: []\n", 2, ("'scenaros'", "'scenarios'")),
    Mistake("an empty file", "", 1, ("mapping", "nothing")),
    Mistake("TOML with an unknown name", '[agent]\nurl = "http://localhost:1"\nhistroy = "last"\n', 3, ("agent.histroy", "'history'"), "weather.toml"),
]  # fmt: skip
