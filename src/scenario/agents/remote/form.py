"""Bodies that are forms, as browsers send them: urlencoded, or multipart where a value is a file.

Source: https://html.spec.whatwg.org/multipage/form-control-infrastructure.html.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import urlencode

from scenario.agents.remote import template
from scenario.agents.remote.body import Encoded, in_a_field
from scenario.errors import ConfigurationError
from scenario.protocols.multipart import FormFile, content_type, multipart
from scenario.redaction import REDACTED, is_secret_name

_ANY_TYPE: Final = "application/octet-stream"
_EXAMPLE: Final = '{"message": "$message", "file": Path("letter.pdf")}'
MULTIPART: Final = "multipart/form-data"
FormValue: TypeAlias = Any


def checked_form(form: object) -> dict[str, FormValue] | None:
    """The fields of a form, its files read; None where there is none.

    Raises:
        ConfigurationError: a field is none that a form can have, or a file cannot be read.
    """
    if form is None:
        return None
    if not isinstance(form, Mapping) or not form or not all(isinstance(name, str) and name for name in form):
        raise ConfigurationError(f"RemoteAgent(form={form!r:.120}): give a mapping of fields, such as {_EXAMPLE}.")
    return {name: _checked(name, value) for name, value in form.items()}


def _checked(name: str, value: object) -> FormValue:
    if isinstance(value, bytes):
        return FormFile(name, value, _ANY_TYPE)
    if isinstance(value, Path):
        try:
            return FormFile(value.name, value.read_bytes(), _type_of(value.name))
        except OSError as error:
            raise ConfigurationError(f"RemoteAgent(form={{{name!r}: …}}): {value} cannot be read: {error}.") from error
    if isinstance(value, tuple):
        match value:
            case (str() as file_name, bytes() as data):
                return FormFile(file_name, data, _type_of(file_name))
            case (str() as file_name, bytes() as data, str() as media_type):
                return FormFile(file_name, data, media_type)
        raise ConfigurationError(
            f"RemoteAgent(form={{{name!r}: …}}): a file is bytes, a Path, (name, bytes) or (name, bytes, type)."
        )
    if isinstance(value, list):
        return [_checked(name, one) for one in value]
    if not isinstance(value, str | int | float | Mapping):
        raise ConfigurationError(
            f"RemoteAgent(form={{{name!r}: {value!r:.80}}}): give a text, a number, a list of these, or a file."
        )
    template.check(value, argument=f"form[{name!r}]")
    return value


def without_multipart(headers: Mapping[str, str]) -> dict[str, str]:
    """A form's headers, without the Content-Type that asks for multipart: the body brings its own, with a boundary.

    Raises:
        ConfigurationError: there is another Content-Type.
    """
    left = {name: value for name, value in headers.items() if name.lower() != "content-type"}
    if any(value.strip().lower() != MULTIPART for name, value in headers.items() if name not in left):
        raise ConfigurationError(
            "RemoteAgent(form=…) has a Content-Type of its own: leave it out of headers=, or give "
            f"{MULTIPART!r} for a form that is multipart without a file."
        )
    return left


def form_body(
    form: Mapping[str, FormValue],
    values: template.Values,
    environment: template.Environment,
    *,
    boundary: str,
    redacted: bool = False,
    as_parts: bool = False,
) -> Encoded:
    """The form with its placeholders replaced, as it is sent; a field whose placeholder has no value is left out.

    Args:
        form: the checked fields.
        values: the value for a placeholder's name.
        environment: the value of an environment variable.
        boundary: what stands between the parts, where it has files.
        redacted: whether what stands under the names of secrets is covered.
        as_parts: whether it is multipart without files, too.
    """
    fields: list[tuple[str, str | FormFile]] = []
    for name, value in form.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, FormFile):
                fields.append((name, one))
            elif redacted and isinstance(one, str) and is_secret_name(name):
                fields.append((name, REDACTED))
            else:
                # In a list, what has no value is left out.
                fields += [(name, in_a_field(made)) for made in template.rendered([one], values, environment)]
    if not as_parts and not any(isinstance(value, FormFile) for _, value in fields):
        return Encoded(urlencode(fields, errors="replace").encode(), "application/x-www-form-urlencoded")
    return Encoded(multipart(fields, boundary), content_type(boundary))


def _type_of(name: str) -> str:
    return mimetypes.guess_type(name)[0] or _ANY_TYPE
