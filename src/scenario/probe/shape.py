"""A way to ask an agent: settings of a `RemoteAgent`, and why they are tried."""

from __future__ import annotations

from typing import Any, Literal

import msgspec


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """One way to ask.

    Attributes:
        why: in words that end the sentence "tried because …".
        url: where; the target's own where it is empty.
        protocol: the dialect, or "auto".
        request: the body as a template; None for the protocol's own.
        form: the same as the fields of a form, in the place of `request`.
        multipart: whether that is sent as multipart.
        reply: the path to the text, where it stands at no usual place.
        session: the path to the conversation's id in an answer, where it goes back on the next turn.
        cookies: "conversation" where the agent knows its conversation by a cookie.
        done: True where the endpoint was seen to end its answers itself.
    """

    why: str
    url: str = ""
    protocol: str = "auto"
    method: str = "POST"
    request: Any = None
    form: dict[str, Any] | None = None
    multipart: bool = False
    reply: str | None = None
    session: str | None = None
    cookies: Literal["conversation"] | None = None
    done: bool | None = None

    @property
    def is_plain(self) -> bool:
        """Whether it is what an agent is asked with of which nothing is known."""
        return (self.url, self.protocol, self.method, self.template) == ("", "auto", "POST", None)

    @property
    def template(self) -> Any:
        """What is sent, be it JSON or a form; None for the protocol's own."""
        return self.request if self.form is None else self.form

    def sending(self, template: Any) -> Shape:
        """The same with another body of the same kind."""
        return msgspec.structs.replace(self, **{"request" if self.form is None else "form": template})
