"""Words that are the agent's, or those of a model that does not play: not a user's, for sure. Pure.

What stands in quotation marks, or is told of another, is the user's all the same.
"""

from __future__ import annotations

import re
from typing import Final

_YOURS: Final = r"(?:order|account|booking|refund|reservation|status|subscription|case|ticket)"
_OFFERS: Final = re.compile(
    r"\b(?:how (?:can|may|could) i (?:help|assist|be of (?:help|assistance|service)(?: to)?)(?: you)?"
    r"(?: today| further| right now| with (?:that|this|your [\w -]{1,40}))*\s*[?!.]"
    r"|how (?:can|may|could) i (?:help|assist) you(?: today| further| right now)*\s*\Z"
    r"|what can i (?:do for|help) you(?: with)?(?: today)?\s*\?"
    r"|(?:is there )?anything else i can (?:help|assist)(?: you)?(?: with)?(?: today)?\s*(?:[?.!]|\Z)"
    r"|(?:is there )?anything else i can do for you(?: today)?\s*(?:[?.!]|\Z)"
    r"|i(?:'d be|'ll be| would be| will be|'m| am) (?:more than )?(?:happy|glad|here|delighted|pleased) to "
    r"(?:help|assist) you(?=\s*(?:[.!?,]|\Z|with (?:that|this|your|any)\b|today|further))"
    r"|i(?:'m| am) here to (?:help|assist)(?=\s*[.!?,]|\s*\Z)"
    r"|thank you for (?:contacting|reaching out to|calling) (?:us|our|customer|[A-Z]\w+ (?:support|customer))"
    r"|i(?:'ve| have) (?:successfully )?(?:processed|cancelled|canceled|issued|updated|refunded|located|escalated"
    r"|initiated) your (?:order|booking|refund|reservation|return|claim|account)"
    r"(?=\s*(?:[.,!;]|\Z|and\b|for you\b|successfully\b|as requested\b))"
    r"|(?:provide|share|give me|tell me) your (?:order|account|booking|customer|email|e-mail)\b[^.?!]{0,40}"
    r" so (?:that )?i can (?:help|assist|look|check|process)(?! (?:if|whether)\b)(?! at (?:the|my) )"
    r"|we (?:sincerely )?apologi[sz]e for (?:the|any) inconvenience"
    r"|i(?:'m| am) your (?:virtual |ai |personal |digital )?assistant\b(?!'s)"
    r"|i(?:'ll| will) be (?:helping|assisting) you(?: today)?\s*(?:[.!]|\Z)"
    rf"|(?:let me|i(?:'ll| will)) (?:look up|check|pull up|process|cancel|update|review|track) your {_YOURS}"
    r"(?: status| details)?(?=\s*(?:[.!,;…]|\Z|for you|now\b|right away)))"
    # The same question in other languages, for users who write in one.
    r"|\bwie kann ich (?:ihnen|dir)\b[^?\n]{0,20}helfen\s*\?"
    r"|\bcomment puis-je (?:vous |t')aider(?: aujourd'hui)?\s*\?"
    r"|\b(?:cómo|en qué) (?:(?:le|te) puedo ayudar|puedo ayudar(?:le|te))(?: hoy)?\s*\?"
    r"|\bcome posso aiutar(?:la|ti|vi)(?: oggi)?\s*\?"
    r"|\bcomo posso (?:(?:te|lhe) ajudar|ajudá-l[oa])(?: hoje)?\s*\?|有什么可以帮您",
    re.IGNORECASE,
)
# What an agent begins with.
_OPENS: Final = re.compile(
    r"(?:\A|\n[ \t]{0,9}\n)\s*(?:(?:sure|of course|certainly|absolutely|great)[,.!]* (?:thing[,.!]* )?"
    r"i(?:'d be happy to| can|'ll) (?:help|assist)(?: you)?(?: with (?:that|this|your \w+))?\s*[.!]"
    r"|(?:of course|certainly|absolutely|sure)[,.!]* (?:could|can|may) (?:you|i) (?:please )?(?:provide|have|share)"
    r"(?: me)?(?: with)? your (?:order|account|booking|reservation|customer|tracking|invoice|e-?mail)\b"
    r"|i apologi[sz]e for the inconvenience[.,!]* (?:could|can|may) (?:you|i)\b"
    r"|your (?:refund|order|booking|payment|request|cancellation|reservation|return) has been (?:successfully )?"
    r"(?:processed|cancelled|canceled|approved|issued|initiated|confirmed|booked|refunded)[.!]"
    r"(?=\s*(?:\Z|is there (?:any|some)thing else|you (?:will|should|can)\b|please allow\b|the amount\b|thank you\b"
    r"|we\b))"
    r"|(?:hello|hi|good (?:morning|day|afternoon))?[,.! ]*welcome to [^.!?\n]{1,40}"
    r"\b(?:support|customer (?:service|care)|help ?desk|service desk)\s*[.!](?!\.))",
    re.IGNORECASE,
)
_MACHINE: Final = re.compile(
    r"\bas an? (?:ai|artificial intelligence|large language|language)(?: language)?(?: model| assistant| agent)?,? "
    r"i(?:'m| am| can(?:'t|not)?| do(?:n't| not)| have| will| won't|'ve| must| cannot)\b"
    r"|\bi(?:'m| am) (?:just |only |sorry, but i(?:'m| am) )?(?:an? )?(?:large )?"
    r"(?:ai(?: language)? (?:assistant|model)|language model|ai)"
    r"(?=\s*(?:[.,!?;]|\Z|and i\b|so i\b|(?:created|developed|trained|designed|built) (?:by|to|for)\b))"
    r"(?!.{0,20}\b(?:kidding|joking|just joke)\b)",
    re.IGNORECASE,
)
_SORRY: Final = (
    r"\A\W*(?:(?:i'm|i am) (?:really |very |so )?sorry|sorry|i apologi[sz]e|unfortunately)\b[,.]?(?: but)?"
    r"(?: as an ai[\w ]*,)? i (?:can't|cannot|can not|am unable to|'m unable to|am not able to|'m not able to|won't)"
)
_REFUSES: Final = re.compile(
    rf"{_SORRY} (?:assist(?: you)?(?: with (?:that|this)\b|\s*[.!])"
    r"|(?:help|assist)(?: you)? with (?:that|this|your) request"
    r"|comply(?: with (?:that|this|your) request|\s*[.!])|fulfil?l (?:that|this|your) request|role-?play|pretend to be"
    r"|(?:engage|participate|take part) in (?:(?:that|this) )?role-?play"
    r"|(?:generate|create|produce|write) (?:that|this|such) (?:content|kind|type))"
    r"|\A\W*i (?:can't|cannot|can not|won't|am unable to|'m unable to|am not able to) "
    r"(?:(?:fulfil?l|comply with|assist with) (?:that|this|your|the) request|(?:role-?play|pretend to be) (?:as )?"
    r"(?:a|an|the) (?:\w+ )?(?:customer|user|client|human)\b)",
    re.IGNORECASE,
)
# As a user who was asked for something may say as well.
_REFUSES_FIRST: Final = re.compile(rf"{_SORRY} help(?: you)?(?: with (?:that|this))?\s*[.!]", re.IGNORECASE)
_OKAY: Final = r"(?:okay|ok|alright|right|hmm)[,.]* "
_THINKS: Final = re.compile(
    rf"\A\W*(?:{_OKAY})?(?:so |now )?(?:i|we) (?:now )?(?:need to|have to|should|must|are asked to) (?:"
    r"(?:produce|output) (?:the )?(?:simulated )?(?:user|customer)(?:'s| next| first) (?:\w+ )?"
    r"(?:message|reply|response|line|turn)"
    r"|(?:write|generate|craft|create|respond with|come up with) the (?:user|customer)(?:'s)? "
    r"(?:next|first|opening|simulated) (?:message|reply|response|line|turn))"
    rf"|\A\W*{_OKAY}so (?:i|we) (?:need|have|am supposed|should)(?: to)? (?:act|respond|reply|speak) as "
    r"(?:a|the|an) (?:\w+ )?(?:user|customer)\b[^\n]*\n[ \t]{0,9}\n"
    r"|\A\W*(?:thinking process|chain of thought)\W{0,3}:\W*\n"
    r"|\A\W*let me think\b[^\n]*\bthe (?:user|customer|persona) (?:is|wants|should|has|needs)\b[^\n]*\n[ \t]{0,9}\n"
    rf"|\A\W*(?:{_OKAY}|sure[,.!]* )(?:i'll|i will|let me) (?:play|act as) the (?:user|customer)\b",
    re.IGNORECASE,
)
_PLAYING: Final = re.compile(
    r"\bi(?:'m| am) (?:just |only |currently )?(?:playing|simulating|role-?playing|pretending to be|acting as"
    r"|impersonating)"
    r" (?:the |an? )?(?:role of (?:the |an? )?)?(?:simulated |human )?(?:user|customer|client|persona)"
    r"(?=\s*(?:[.,!?;]|\Z|here\b|in this\b|for this\b|who\b))"
    r"|\bas (?:the|a) (?:simulated )?(?:user|customer)(?: simulator)? in this (?:test|scenario|simulation|role-?play)"
    r"|\bi(?:'m| am) (?:just |only )?(?:an?|the) (?:simulated (?:user|customer|client)|user simulator)\b"
    r"|\bmy (?:system prompt|persona) (?:says?|tells?|states?|requires?|instructs?) (?:that |me )?(?:i\b|to\b)"
    r"|\A\W*in this (?:scenario|simulation|role-?play),? i(?:'m| am) (?:an?|the) (?:user|customer|client) "
    r"(?:who|looking|trying|contacting)\b"
    r"|\A\W*the (?:scenario|persona) (?:says|states) (?:that )?i\b"
    r"|\b(?:according to|in line with|based on) (?:my|the) persona\b",
    re.IGNORECASE,
)
_QUOTED: Final = re.compile(
    r"\"[^\"\n]*\"|“[^”]*”|„[^“”]*[“”]|«[^»]*»|‘[^’]*’|`[^`]*`|(?<!\w)'[^'\n]+'(?!\w)|^>.*$", re.MULTILINE
)
# Who tells of others' words says them without quotation marks, too.
_TOLD: Final = re.compile(
    r"\b(?:says?|saying|said|tells? me|told|wrote|writes|replied|replies|answered|answers|reads|asked|asks"
    r"|keeps? (?:asking|repeating)|your (?:site|bot|mail|e-?mail) asks)\b|\breally\?",
    re.IGNORECASE,
)


def agents_words(line: str) -> str:
    """What only the agent says: an offer of help, an act of its own; "" where there is nothing of it."""
    own = _own(line)
    found = None if _TOLD.search(own) else _OFFERS.search(own) or _OPENS.search(own)
    return _shown(found or _MACHINE.search(own))


def models_words(line: str, *, is_first: bool) -> str:
    """What a model says that does not play the user: a refusal, what it thinks aloud.

    Args:
        line: with plain apostrophes.
        is_first: whether nobody has asked the user for anything yet.
    """
    own = _own(line)
    refused = _REFUSES.search(own) or (_REFUSES_FIRST.search(own) if is_first else None)
    return _shown(refused or _THINKS.search(own))


def told_of_playing(line: str) -> str:
    """What a user says who knows that they are played."""
    return _shown(_PLAYING.search(_own(line)))


def _own(line: str) -> str:
    # Another's words leave a mark, so that what stands around them is not joined.
    return _QUOTED.sub('""', line)


def _shown(found: re.Match[str] | None) -> str:
    return "" if found is None else " ".join(found[0].split())
