"""A call as it may be written into a cassette: without secrets. Pure."""

from __future__ import annotations

import msgspec

from scenario.cassette.interaction import Conversation, Identity, Interaction
from scenario.exchange import Chunk, HttpRequest
from scenario.found_secrets import json_in, secrets_found, secrets_in_texts
from scenario.masking import masked, masked_pieces
from scenario.redaction import (
    NO_SECRETS,
    Secrets,
    may_have_secret_names,
    redacted_headers,
    redacted_json,
    redacted_url,
    secrets_of_json,
)


def masked_request(request: HttpRequest, secrets: Secrets, *, headers: bool = True) -> HttpRequest:
    """A request as a cassette shows it, and as one is compared with what a cassette shows.

    Args:
        request: what is sent.
        secrets: what is masked beside that which stands under the name of a secret.
        headers: whether they are masked, too; else they are left out.
    """
    url = secrets.in_text(redacted_url(request.url))
    body = _masked_body(request.body, secrets)
    if not headers:
        return HttpRequest(method=request.method, url=url, body=body)
    shown = {name: secrets.in_text(value) for name, value in redacted_headers(request.headers).items()}
    if url == request.url and body is request.body and shown == request.headers:
        return request
    return HttpRequest(method=request.method, url=url, headers=shown, body=body)


def _masked_body(body: bytes, secrets: Secrets) -> bytes:
    if body and may_have_secret_names(body):
        value = json_in(body)
        if value is not None and (shown := redacted_json(value)) != value:
            body = msgspec.json.encode(shown)
    return secrets.in_bytes(body) if secrets else body


def secrets_in_interaction(one: Interaction) -> Secrets:
    """What is secret in a call, by the names that it stands under, and by its form."""
    request = one.request
    found = Secrets.of_request(request.url, request.headers, secrets_of_json(json_in(request.body)))
    found |= secrets_found(request.body)
    told = [request.url, *request.headers.values(), one.end.message]
    if one.answer is not None:
        found |= Secrets.of_request(one.answer.headers.get("location", ""), one.answer.headers)
        found |= secrets_found(one.body)
        told += one.answer.headers.values()
    return found | secrets_in_texts(told)


def masked_interaction(one: Interaction, secrets: Secrets) -> Interaction:
    """A call with the secrets masked in each of its parts, pieces of the body included."""
    replace = msgspec.structs.replace
    answer, chunks, end = one.answer, one.chunks, one.end
    if answer is not None:
        shown = {name: secrets.in_text(value) for name, value in redacted_headers(answer.headers).items()}
        answer = replace(answer, headers=shown)
    if secrets:
        pieces = [chunk.data for chunk in chunks]
        told = masked_pieces(pieces, secrets)
        if told is not pieces:
            chunks = tuple([Chunk(old.at, data) for old, data in zip(chunks, told, strict=True)])
        notes = tuple([secrets.in_text(note) for note in end.notes])
        end = replace(end, message=secrets.in_text(end.message), notes=notes)
    request = masked_request(one.request, secrets)
    return replace(one, request=request, answer=answer, chunks=chunks, end=end)


def masked_identity(identity: Identity, secrets: Secrets = NO_SECRETS) -> Identity:
    """What finds a run, without secrets: a test that is given a token is called by it.

    By what is known of them before the run alone: a name is looked for again before anything is sent.
    """
    secrets |= secrets_in_texts((identity.scenario, identity.file, identity.test, identity.parameters_text))
    return masked(identity, secrets)


def masked_conversation(conversation: Conversation, secrets: Secrets = NO_SECRETS) -> Conversation:
    """A conversation without secrets: those that the run knows of, and those that its calls themselves show.

    A value that is secret in one call is masked in all of them.
    """
    for one in conversation.interactions:
        secrets |= secrets_in_interaction(one)
    return msgspec.structs.replace(
        conversation,
        identity=masked_identity(conversation.identity),
        interactions=tuple([masked_interaction(one, secrets) for one in conversation.interactions]),
    )
