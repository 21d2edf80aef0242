"""`scenario doctor`: what is there, which model would be used, and what is missing."""

from __future__ import annotations

import asyncio
import importlib.metadata
import importlib.util
import os
import platform
import socket
import sys
from collections.abc import Iterator, Mapping
from typing import Final, Literal, TypeAlias

import click
import msgspec

from scenario._version import __version__
from scenario.cli.exit_codes import INFRASTRUCTURE as EXIT_INFRASTRUCTURE, USAGE as EXIT_USAGE, first_of, help_of
from scenario.cli.how_a_model_is_asked import find_out, how_it_is_asked
from scenario.config import in_force
from scenario.errors import ConfigurationError, ModelError
from scenario.llm.embedded.cache_folder import is_pulled, models_folder
from scenario.llm.embedded.machine import demand_runtime
from scenario.llm.embedded.manifest import DEFAULT_MODEL, embedded_model
from scenario.llm.embedded.measured import MEASURED
from scenario.llm.endpoint import complaint_in, error_response, missing_key, server_of, url_of
from scenario.llm.extras import INSTALL_ANY_LLM, INSTALL_RUNTIME
from scenario.llm.fetch import fetch
from scenario.llm.model_name import DECIDING, EMBEDDED, PROVIDERS
from scenario.llm.reading import first_chat_model
from scenario.llm.resolve import OPENAI_DEFAULT, ModelSettings, ModelTarget, resolve_model, search
from scenario.neighbour import beside
from scenario.protocols.json_text import read_json
from scenario.protocols.plug_in_dialects import GROUP, Unusable, loaded
from scenario.protocols.registry import plug_ins
from scenario.redaction import redacted_url
from scenario.store.place import database_path, store_folder
from scenario.store.reader import StoreReader

State: TypeAlias = Literal["ok", "none", "warning", "error"]

_EXAMPLES = """\b
Examples:
  scenario doctor
  scenario doctor --model openai/gpt-4o-mini
  scenario doctor --model openai/my-model --ask
  scenario doctor --offline --json

"""
_PACKAGES: Final = ("aiohttp", "msgspec", "click", "rich", "jmespath", "PyYAML", "pytest", "pytest-asyncio")
_NOT_INSTALLED: Final = {package: f"not installed: pip install {package}" for package in ("pytest", "pytest-asyncio")}
_EXTRAS: Final = {"local": ("xllamacpp", INSTALL_RUNTIME), "any-llm": ("any-llm-sdk", INSTALL_ANY_LLM)}
_MARKS: Final[dict[State, tuple[str, str]]] = {
    "ok": ("+", "green"),
    "none": ("-", "white"),
    "warning": ("!", "yellow"),
    "error": ("x", "red"),
}
_MOST_NAMES: Final = 5


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at.

    Attributes:
        section: what it belongs to.
        name: what was looked at.
        state: how it is; `none` is not there, and need not be.
        detail: what was found. Never a key.
        code: the exit code that it asks for.
    """

    section: str
    name: str
    state: State
    detail: str = ""
    code: int = 0


@click.command(epilog=_EXAMPLES + help_of("doctor"))
@click.option("--model", metavar="MODEL", help="Look at this model instead of the one that would be found.")
@click.option("--offline", is_flag=True, help="Do not ask the model's server.")
@click.option("--ask", is_flag=True, help="Have the model answer, and find out how its server wants to be asked.")
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    default=5.0,
    show_default=True,
    metavar="SECONDS",
    help="How long the model's server may take to list its models.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(model: str | None, timeout: float, *, offline: bool, ask: bool, as_json: bool) -> None:
    """Show which model would be used and where it was looked for, and what else is or is not there.

    Keys are only said to be set; they are never shown.
    """
    if ask and offline:
        raise click.UsageError("--ask asks the model, and --offline asks nobody: give one of them.")
    found = [*findings(model, os.environ, timeout=None if offline else timeout, ask=ask)]
    code = first_of(finding.code for finding in found)
    if as_json:
        report = {"exit_code": code, "findings": [msgspec.to_builtins(finding) for finding in found]}
        click.echo(msgspec.json.format(msgspec.json.encode(report), indent=2).decode())
    else:
        _print(found)
    sys.exit(code)


def findings(
    model: str | None, environ: Mapping[str, str], *, timeout: float | None, ask: bool = False
) -> Iterator[Finding]:
    """Everything that is looked at, in order.

    Args:
        model: the model that was named; None looks for one.
        environ: the environment.
        timeout: how long the model's server may take to list its models, in seconds; None asks nobody.
        ask: have the model answer.
    """
    yield from _versions()
    yield from _plug_ins()
    yield from _keys(environ)
    yield from _search(model, environ)
    yield from _model(model, environ, timeout, ask=ask)
    yield from _embedded(environ)
    yield from _machine(environ)


def _versions() -> Iterator[Finding]:
    yield Finding(section="versions", name="scenario", state="ok", detail=__version__)
    detail = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    yield Finding(section="versions", name="python", state="ok", detail=detail)
    for package in _PACKAGES:
        version = _version(package)
        state: State = "ok" if version else "none"
        yield Finding(
            section="versions",
            name=package,
            state=state,
            detail=version or _NOT_INSTALLED.get(package, "not installed"),
        )
    if (told := beside(sys.modules["scenario"])) is not None:
        yield Finding(section="versions", name="another scenario", state="warning", detail=told)
    for extra, (package, install) in _EXTRAS.items():
        version = _version(package)
        detail = f"{package} {version}" if version else f"not installed: {install}"
        yield Finding(section="extras", name=extra, state="ok" if version else "none", detail=detail)


def _plug_ins() -> Iterator[Finding]:
    """Dialects that other packages bring."""
    section = "dialects of other packages"
    found = plug_ins()
    for name, offer in found.offers.items():
        dialect = loaded(offer)
        if isinstance(dialect, Unusable):
            yield Finding(section=section, name=name, state="warning", detail=dialect.why)
        else:
            (plug_in,) = offer.plug_ins
            yield Finding(section=section, name=name, state="ok", detail=f"{offer.origin} ({plug_in.value})")
    for why in found.broken:
        yield Finding(section=section, name="unreadable", state="warning", detail=why)
    if not found.offers:
        yield Finding(section=section, name="none", state="none", detail=f"no package has entry points {GROUP!r}")


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _keys(environ: Mapping[str, str]) -> Iterator[Finding]:
    # One key may open two of a provider's services.
    variables = dict.fromkeys(variable for provider in PROVIDERS.values() for variable in provider.key_variables)
    for variable in variables:
        if environ.get(variable):
            yield Finding(section="keys", name=variable, state="ok", detail="set (not shown)")
    if not any(environ.get(variable) for variable in variables):
        names = ", ".join(v for provider in list(PROVIDERS.values())[:2] for v in provider.key_variables)
        yield Finding(section="keys", name="none", state="none", detail=f"no provider's key is set ({names}, …)")


def _search(model: str | None, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Where a model is looked for, in order; the first that has one is used."""
    state: State = "ok" if model else "none"
    yield Finding(section="model, in this order", name="argument", state=state, detail=model or "")
    used = model is not None
    for source, name in search(environ, in_force().default_model):
        detail = "" if name is None else _named(name, source, environ)
        if name is not None and not used:
            detail, used = f"{detail}   <- used", True
        yield Finding(
            section="model, in this order", name=source, state="none" if name is None else "ok", detail=detail
        )


def _named(name: str, source: str, environ: Mapping[str, str]) -> str:
    base = redacted_url(environ[source]) if source.endswith(("_URL", "_BASE")) and source in environ else ""
    shown = f"whatever model its server has, at {base}" if name == "openai/" and base else name
    return f"{EMBEDDED}/{DEFAULT_MODEL}" if shown == EMBEDDED else shown


def _model(model: str | None, environ: Mapping[str, str], timeout: float | None, *, ask: bool) -> Iterator[Finding]:
    section = "the model"
    default = in_force().default_model
    try:
        target = resolve_model(ModelSettings(model=model), environ, default, who="user and judge")
    except ConfigurationError as error:
        yield Finding(section=section, name="none", state="error", detail=str(error), code=EXIT_USAGE)
        return
    if target.embedded is not None and not target.api_base:
        yield Finding(section=section, name=target.name, state="ok", detail="runs on this machine")
        return
    name = target.name or "openai"
    if target.any_llm is not None:
        detail = f"any-llm asks {target.any_llm}; whether it has the key and the package for that shows in a run"
        yield Finding(section=section, name=name, state="ok", detail=detail)
        yield _way(target, environ, ask=ask)
    elif (missing := missing_key(target)) is not None:
        yield Finding(section=section, name=name, state="error", detail=missing, code=EXIT_USAGE)
    elif timeout is None:
        yield Finding(section=section, name=name, state="ok", detail=f"at {server_of(target)}; not asked (--offline)")
        yield _way(target, environ, ask=False)
    else:
        finding, first = asyncio.run(_asked(target, name, timeout))
        yield finding
        if finding.state != "error":
            yield _way(msgspec.structs.replace(target, model=target.model or first or OPENAI_DEFAULT), environ, ask=ask)


def _way(target: ModelTarget, environ: Mapping[str, str], *, ask: bool) -> Finding:
    """How the model is asked, as far as that was learned; with `ask`, as it is learned now."""
    section, name = "how it is asked", target.name or "openai"
    if target.dialect in DECIDING:
        where = (
            "its server is asked which protocol it speaks" if target.dialect == "decide" else f"at /{target.dialect}"
        )
        detail = f"a decision model, {where}: it judges only; a simulated user needs another model"
        return Finding(section=section, name=name, state="ok", detail=detail)
    if ask:
        try:
            asyncio.run(find_out(target, environ))
        except ConfigurationError as error:
            return Finding(section=section, name=name, state="error", detail=str(error), code=EXIT_USAGE)
        except ModelError as error:
            return Finding(section=section, name=name, state="error", detail=str(error), code=EXIT_INFRASTRUCTURE)
    return Finding(section=section, name=name, state="ok", detail=how_it_is_asked(target, environ))


async def _asked(target: ModelTarget, name: str, timeout: float) -> tuple[Finding, str | None]:
    """Whether the model's server answers and has the model, and which one it lists first."""
    from scenario.transport.aiohttp_transport import AiohttpTransport

    section = "the model"
    settings = msgspec.structs.replace(target.settings, timeout=timeout)
    target = msgspec.structs.replace(target, settings=settings)
    try:
        answer = await fetch(AiohttpTransport(), target, url_of(target, "/models"), None)
    except ModelError as error:
        return Finding(section=section, name=name, state="error", detail=str(error), code=EXIT_INFRASTRUCTURE), None
    if answer.status in (404, 405):
        detail = f"{server_of(target)} answers, and does not list its models"
        return Finding(section=section, name=name, state="warning", detail=detail), None
    if answer.status >= 400:
        detail = str(error_response(target, answer.status, answer.body))
        code = EXIT_USAGE if answer.status in (401, 403) else EXIT_INFRASTRUCTURE
        return Finding(section=section, name=name, state="error", detail=detail, code=code), None
    return _listed(target, name, answer.body), first_chat_model(answer.body)


def _listed(target: ModelTarget, name: str, body: bytes) -> Finding:
    if (came := _no_list(target, body)) is not None:
        detail = f"{server_of(target)} is no model's server, or api_base= is not right: its list of models is {came}"
        return Finding(section="the model", name=name, state="error", detail=detail, code=EXIT_INFRASTRUCTURE)
    try:
        listed = msgspec.json.decode(body, type=_Models).data
    except msgspec.DecodeError:
        listed = []
    names = [model.id for model in listed]
    where = f"{server_of(target)} answers"
    if target.model and names and target.model not in names and f"models/{target.model}" not in names:
        detail = f"{where}, and does not list {target.model!r}; it lists {', '.join(names[:_MOST_NAMES])}, …"
        return Finding(section="the model", name=name, state="warning", detail=detail)
    has = f", and has {target.model or names[0]}" if names else ""
    return Finding(section="the model", name=name, state="ok", detail=f"{where}{has}")


def _no_list(target: ModelTarget, body: bytes) -> str | None:
    """What came in the place of a list of models, in words; None where it is one, in whatever shape."""
    value = read_json(body)
    lists = value.values() if isinstance(value, dict) else [value]
    if any(isinstance(one, list) for one in lists):
        return None
    if value == {}:
        return "an empty object"
    return complaint_in(target, body).strip("()")


class _ModelId(msgspec.Struct):
    id: str = ""


class _Models(msgspec.Struct):
    data: list[_ModelId] = []


def _embedded(environ: Mapping[str, str]) -> Iterator[Finding]:
    section = "embedded model"
    try:
        demand_runtime()
        yield Finding(section=section, name="runtime", state="ok", detail="can run here")
    except ConfigurationError as error:
        yield Finding(section=section, name="runtime", state="none", detail=str(error))
    try:
        pulled = is_pulled(DEFAULT_MODEL, environ)
        where = f"in {models_folder(environ)}" if pulled else f"not there: scenario models pull {DEFAULT_MODEL}"
        yield Finding(section=section, name=DEFAULT_MODEL, state="ok" if pulled else "none", detail=where)
    except ConfigurationError as error:
        yield Finding(section=section, name=DEFAULT_MODEL, state="none", detail=str(error))
    yield Finding(section=section, name="as judge", state="none", detail=f"experimental. {MEASURED.sentence}")
    weights = embedded_model(DEFAULT_MODEL)
    yield Finding(section=section, name="pulled from", state="none", detail=weights.origin)
    yield Finding(section=section, name="or else from", state="none", detail=weights.packages)
    if environ.get("CI"):
        yield Finding(section=section, name="CI", state="none", detail="it is never the silent default in CI: name it")


def _machine(environ: Mapping[str, str]) -> Iterator[Finding]:
    section = "this machine"
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            detail = f"servers can be started on 127.0.0.1 (port {server.getsockname()[1]} was free)"
        yield Finding(section=section, name="loopback", state="ok", detail=detail)
    except OSError as error:
        detail = f"no server can be started on 127.0.0.1: {error.strerror or error}"
        yield Finding(section=section, name="loopback", state="error", detail=detail, code=EXIT_INFRASTRUCTURE)
    folder = store_folder(None, environ)
    if not database_path(folder).is_file():
        detail = f"none yet; `scenario run` makes it in {folder}"
        yield Finding(section=section, name="store", state="none", detail=detail)
        return
    try:
        with StoreReader(folder) as reader:
            newest = reader.invocations(limit=1)
        detail = f"{database_path(folder)}" + (f", newest run {newest[0].uid[:8]}" if newest else ", empty")
        yield Finding(section=section, name="store", state="ok", detail=detail)
    except ConfigurationError as error:
        yield Finding(section=section, name="store", state="error", detail=str(error), code=EXIT_USAGE)


def _print(found: list[Finding]) -> None:
    section = ""
    width = max(len(finding.name) for finding in found)
    for finding in found:
        if finding.section != section:
            click.echo(f"{'' if not section else chr(10)}{finding.section}")
            section = finding.section
        mark, color = _MARKS[finding.state]
        click.echo(f"  {click.style(mark, fg=color)} {finding.name:<{width}}  {finding.detail}".rstrip())
