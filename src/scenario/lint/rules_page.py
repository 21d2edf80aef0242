"""The rules as a document: `python -m scenario.lint.rules_page > docs/lint-rules.md`. Pure."""

from __future__ import annotations

from typing import Final

from scenario.lint.explanations.table import EXPLANATIONS
from scenario.lint.rule import Rule
from scenario.lint.rules import RULES

_HEAD: Final = """\
# The rules of the lint

What `scenario lint`, `scenario probe`, reports and `checks.stream_conforms()` look for in an answer on the wire.
`scenario lint L24` tells the same of one rule, and `scenario lint --rules` of all; a file of that name is `./L24`.
`--ignore L03` leaves a rule out, `--level warning` makes warnings count.

It exits 1 where a rule has found something of that level, or where the agent answered and there is no whole answer: a
refusal, a web page, an empty body, a cut, a stall. 3 means that nothing answered: no connection, a certificate that is
not trusted, no response in time. 2 means that the command is wrong.

A recording by `curl -i -N` does not tell how its transfer ended. Where it has no length either, the output says that
L05 was not looked at (`unchecked` in JSON, a notification in SARIF). `scenario lint URL` looks at it.

Events are counted from 1 wherever people read of them. `findings[].event` in JSON and `properties.event` in SARIF are
an event's index, from 0.

This page is made from the rules: `python -m scenario.lint.rules_page > docs/lint-rules.md`.
"""


def rules_page() -> str:
    """The whole document, in Markdown."""
    rows = ["| rule | level | what it demands |", "| --- | --- | --- |"]
    rows += [f"| [{rule.id}](#{rule.id.lower()}) | {rule.level} | {rule.title} |" for rule in RULES]
    return "\n".join([_HEAD, *rows, "", *map(_section, RULES)])


def scope_of(rule: Rule) -> str:
    """For which dialects a rule holds, and what it needs; empty where it is for all and needs nothing."""
    parts = [f"for {', '.join(sorted(rule.dialects))}"] if rule.dialects else []
    parts += ["needs --deep"] if rule.needs == "more requests" else []
    return "; ".join(parts)


def _section(rule: Rule) -> str:
    told = EXPLANATIONS[rule.id]
    scope = scope_of(rule)
    example = told.example.rstrip("\n")
    return f"""\
## {rule.id}

**{rule.title}.** Level: {rule.level}{f"; {scope}" if scope else ""}.

{told.what}

*Why.* {told.why}

```text
{example}
```

*What to do.* {told.remedy}

*Source.* {told.source}
"""


if __name__ == "__main__":
    print(rules_page(), end="")  # noqa: T201 - that is what it is for
