"""The images of a conversation: which a judge's model is sent, and which criteria are about them. Pure.

A model that is not shown an image judges by what is said of it; such a verdict is nobody's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from scenario.agents.judge.verdict import Verdict
from scenario.types import Message

# Of one conversation; what goes beyond is not sent, and then no image is.
_MOST_IMAGES: Final = 20
_MOST_CHARACTERS: Final = 20 * 1024 * 1024
_ADDRESS: Final = re.compile(r"(?:https?://|data:image/)", re.IGNORECASE)
_ABOUT: Final = re.compile(
    r"\b(?:images?|pictures?|photos?|photographs?|screenshots?|screen ?captures?|diagrams?|charts?|graphs?|figures?"
    r"|drawings?|illustrations?|icons?|logos?|scans?|scanned|paintings?|posters?|visuals?|visually|depict\w*"
    r"|receipts?|attachments?|attached|uploads?|uploaded|handwrit\w+|documents?|colou?rs?|selfies?|x-?rays?|barcodes?"
    r"|qr ?codes?|bild\w*|fotos?|fotografi\w*|abbildung\w*|screenshot\w*|anhang|beleg|quittung|handschrift\w*"
    r"|imagen(?:es)?|im[aá]genes|captura\w*|adjunt\w+|recibo|immagin[ei]|imagem|imagens|photographies?"
    r"|captures? d['’]écran|pièces? jointes?|re[cç]us?|afbeelding\w*|obraz\w*|kuva\w*|billede\w*|bildet"
    r"|zdj[ęe]ci\w*|resim\w*|resmi\w*|fénykép\w*|kép|fotografía\w*)\b"
    r"|[图圖]|画像|写真|スクリーンショット|이미지|사진|изображен|картинк|фото|скриншот",
    re.IGNORECASE,
)
_UNSEEN: Final = "The criterion may be about an image, and the judge's model was not shown it: {why}."


def images_of(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """The parts of the conversation that are images, in order."""
    contents = (message.get("content") for message in messages)
    return [
        dict(part)
        for content in contents
        if isinstance(content, list)
        for part in content
        if isinstance(part, Mapping) and _is_image(part)
    ]


def _is_image(part: Mapping[str, Any]) -> bool:
    return "image" in str(part.get("type", "")) or isinstance(part.get("image_url"), str | Mapping)


def sendable(images: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]] | None:
    """The images as parts of a message to a model; None where one of them cannot be sent, or they are too many."""
    parts = [_part(image) for image in images]
    addresses = [part["image_url"]["url"] for part in parts if part is not None]
    if len(addresses) < len(parts) or len(parts) > _MOST_IMAGES or sum(map(len, addresses)) > _MOST_CHARACTERS:
        return None
    return [part for part in parts if part is not None]


def _part(image: Mapping[str, Any]) -> dict[str, Any] | None:
    """As OpenAI's dialect has it; other shapes of the field are read: Responses', Anthropic's, the AI SDK's."""
    given = image.get("image_url", image.get("image", image.get("url")))
    source = image.get("source")
    if isinstance(given, Mapping):
        given = given.get("url")
    elif isinstance(source, Mapping):
        kind, data = source.get("media_type"), source.get("data")
        given = f"data:{kind};base64,{data}" if kind and data else source.get("url")
    if not isinstance(given, str) or not _ADDRESS.match(given):
        return None
    return {"type": "image_url", "image_url": {"url": given}}


def is_about_an_image(criterion: str) -> bool:
    """Whether a criterion speaks of an image."""
    return _ABOUT.search(criterion) is not None


def without_the_unseen(verdict: Verdict, why: str, *, every: bool = False) -> Verdict:
    """The verdict, in which nothing is decided about images that were not shown.

    Args:
        verdict: its criteria, decided by what is said of them.
        why: they were not shown, in words.
        every: of each criterion it must be taken that it is about one: the judge cannot be asked.
    """
    results = tuple(
        msgspec.structs.replace(
            result, status="inconclusive", reasoning=f"{_UNSEEN.format(why=why)} {result.reasoning}"
        )
        if result.status != "inconclusive" and (every or is_about_an_image(result.criterion))
        else result
        for result in verdict.criteria
    )
    return msgspec.structs.replace(verdict, criteria=results)
