"""Short exchanges in five languages, and which of them a text is in."""

from __future__ import annotations

import re
from typing import Final, NamedTuple


class Exchange(NamedTuple):
    """A question, its answer in the same language, and the answer in English."""

    question: str
    answer: str
    english: str


# The words of a language that no other of these has, and that stand in nearly every sentence.
_WORDS: Final = {
    "English": "the is are you your we our it of and to with that for be will can at from i have not have has in",
    "German": "der die das ist sind sie ihr wir und mit nicht ein eine ich haben hat kann auch von bei zum bis auf",
    "French": "le la les est sont vous votre nous et avec pas une je avez peut aussi des chez du au jusqu merci",
    "Spanish": "el los es son usted su nosotros y con una yo tiene puede también del hasta por gracias hay para",
    "Italian": "il gli è sono lei suo noi e con non un io ha può anche della fino grazie che per lo questo",
}
EXCHANGES: Final = {
    "German": (
        Exchange(
            "Können wir auf Deutsch weiterreden? Bis wann sind Sie heute da?",
            "Gern. Wir sind heute bis sechs Uhr für Sie da, und morgen auch.",
            "Sure. We are here for you until six today, and tomorrow as well.",
        ),
        Exchange(
            "Noch etwas: Kann ich das auch mit einer Überweisung bezahlen?",
            "Ja, eine Überweisung ist möglich, und die Daten haben Sie in der Bestätigung.",
            "Yes, a bank transfer is possible, and you have the details in the confirmation.",
        ),
        Exchange(
            "Meine Frau hat eine Frage: Gilt das auch für sie?",
            "Ja, das gilt für Sie beide, und sie hat die gleichen Rechte.",
            "Yes, it is valid for both of you, and she has the same rights.",
        ),
    ),
    "French": (
        Exchange(
            "Est-ce que vous pouvez répondre en français ? Quand êtes-vous là ?",
            "Avec plaisir. Nous sommes là jusqu'à dix-huit heures, et demain aussi.",
            "With pleasure. We are here until six, and tomorrow as well.",
        ),
        Exchange(
            "Et je peux avoir une facture avec le nom de ma société ?",
            "Oui, la facture est à votre nom, et vous pouvez changer les données.",
            "Yes, the invoice is in your name, and you can change the details.",
        ),
        Exchange(
            "Les enfants sont-ils aussi les bienvenus chez vous ?",
            "Bien sûr, les enfants sont les bienvenus, et nous avons une salle de jeux.",
            "Of course, children are welcome, and we have a room with toys.",
        ),
    ),
    "Spanish": (
        Exchange(
            "¿Podemos seguir en español? ¿Hasta qué hora hay alguien para ayudarme?",
            "Claro. Hay una persona para usted hasta las seis de la tarde, y también los sábados.",
            "Of course. There is someone for you until six, and also on Saturdays.",
        ),
        Exchange(
            "¿Y mi hermana puede llamar por mí? Tiene mi autorización.",
            "Sí, su hermana puede llamar por usted, y con su firma es suficiente.",
            "Yes, your sister can call for you, and your signature is enough.",
        ),
        Exchange(
            "¿Hay un recibo para los gastos del mes?",
            "Sí, hay un recibo por cada mes, y usted lo tiene en el correo.",
            "Yes, there is a receipt for each month, and you have it in your mail.",
        ),
    ),
    "Italian": (
        Exchange(
            "Possiamo continuare in italiano? Fino a che ora siete aperti?",
            "Certo. Siamo qui per lei fino alle sei, e anche il sabato.",
            "Sure. We are here for you until six, and on Saturdays as well.",
        ),
        Exchange(
            "E mio padre può venire con me? Non parla inglese.",
            "Sì, suo padre può venire con lei, e un collega è qui per lui.",
            "Yes, your father can come with you, and a colleague is here for him.",
        ),
        Exchange(
            "C'è anche uno sconto per gli studenti?",
            "Sì, per gli studenti c'è uno sconto, e anche per chi ha la tessera.",
            "Yes, there is a discount for students, and also for those who have the card.",
        ),
    ),
}


def language_of(text: str) -> str:
    """The language of which most words stand in a text; English where that is none."""
    words = re.findall(r"[^\W\d_]+", text.lower())
    counts = {name: sum(word in known.split() for word in words) for name, known in _WORDS.items()}
    best = max(counts.values())
    return next(name for name, count in counts.items() if count == best)
