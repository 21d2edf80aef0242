"""The lint's findings as SARIF 2.1.0, which code hosts and editors show.

An event is named as people count them, from 1; `properties.event` is its index, from 0.
Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from scenario._version import __version__
from scenario.lint.explanations.table import EXPLANATIONS
from scenario.lint.finding import LEVELS, Finding, Level
from scenario.lint.rules import RULES
from scenario.report.files.bounds import cut

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
# Code hosts show no more results of a run, and no longer messages.
_MOST: Final = 5_000
_LONGEST: Final = 10_000
_LEVELS: Final[dict[Level, str]] = {"error": "error", "warning": "warning", "info": "note"}


def sarif(findings: Sequence[Finding], *, place: str, unchecked: Mapping[str, str] | None = None) -> dict[str, Any]:
    """A log with one run.

    Args:
        findings: what the lint found.
        place: the file or the URL that was looked at.
        unchecked: rules that could not be looked at, each with the reason.
    """
    ids = [rule.id for rule in RULES]
    rules = [
        {
            "id": rule.id,
            "name": rule.title,
            "shortDescription": {"text": rule.title},
            "fullDescription": {"text": EXPLANATIONS[rule.id].what},
            "help": {"text": f"{EXPLANATIONS[rule.id].why} {EXPLANATIONS[rule.id].remedy}"},
            "defaultConfiguration": {"level": _LEVELS[rule.level]},
        }
        for rule in RULES
    ]
    driver = {"name": "scenario lint", "semanticVersion": __version__, "rules": rules}
    results = [_result(finding, ids.index(finding.rule), place) for finding in _gravest(findings)]
    run: dict[str, Any] = {"tool": {"driver": driver}, "results": results}
    notes: list[dict[str, Any]] = [
        {
            "level": "note",
            "message": {"text": f"not looked at: {why}"},
            "associatedRule": {"id": rule, "index": ids.index(rule)},
        }
        for rule, why in (unchecked or {}).items()
    ]
    if len(findings) > _MOST:
        more = f"the least grave {len(findings) - _MOST:,} of {len(findings):,} findings are left out"
        notes.append({"level": "warning", "message": {"text": f"{more}: `scenario lint --format json` has them"}})
    if notes:
        run["invocations"] = [{"executionSuccessful": True, "toolExecutionNotifications": notes}]
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _gravest(findings: Sequence[Finding]) -> Sequence[Finding]:
    """As many as are taken, in their order."""
    if len(findings) <= _MOST:
        return findings
    gravest = sorted(range(len(findings)), key=lambda place: LEVELS.index(findings[place].level))[:_MOST]
    return [findings[place] for place in sorted(gravest)]


def _uri(place: str) -> str:
    """A URL as it is, a file's path as the reference that SARIF demands."""
    return place if "://" in place else quote(place.replace("\\", "/"), safe="/:")


def _result(finding: Finding, index: int, place: str) -> dict[str, Any]:
    where = [] if finding.number is None else [{"name": f"event {finding.number}", "kind": "element"}]
    # Code hosts show no result without a region; of an event they would not know where it is.
    place_in = {"artifactLocation": {"uri": _uri(place)}, "region": {"startLine": 1}}
    location: dict[str, Any] = {"physicalLocation": place_in}
    if where:
        location["logicalLocations"] = where
    return {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": _LEVELS[finding.level],
        "message": {"text": f"{cut(finding.seen, _LONGEST)}. {finding.remedy}"},
        "locations": [location],
        "properties": {"event": finding.event, "seconds": finding.at},
    }
