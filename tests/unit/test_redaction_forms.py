"""Forms, minutes and columns; names carried from one place of a document to another; what is nobody for a word before.

By rules alone, so that a failure names a rule and not the model.
"""

import pytest

from redaction.detect import find_all
from redaction.normalise import normalise
from redaction.spans import Entity

HIDDEN = frozenset(Entity) - {Entity.DATE, Entity.PLACE, Entity.ORGANISATION, Entity.CASE}


def shown(text: str) -> str:
    """The text with what is found struck out."""
    normal = normalise(text)
    letters = list(text)
    for span in find_all(normal.text, by_rules_alone=True):
        if span.entity in HIDDEN:
            start, end = normal.original(span.start, span.end)
            letters[start:end] = ["_"] * (end - start)
    return "".join(letters)


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("Nom : Oppenrade\nPrénom : Maaike", "Oppenrade"),
        ("NOM : QUERRIEN-VALME     Prénom : Rodolphe     Sexe : M", "QUERRIEN-VALME"),
        ("Locataire(s) : M. ABOUBACAR SIDIKI / MME HAWA KEÏTAUD\n", "KEÏTAUD"),
        ("Absents : ABDELKHOR (210), BOIS Y. (184), SCI DU CLOS (402), ZHOUARD Meiling (190)", "ZHOUARD Meiling"),
        ("Absents : ABDELKHOR (210), BOIS Y. (184), SCI DU CLOS (402)", "BOIS"),
        ("Votent POUR : 5 810. Votent CONTRE : TERZIAN Ara (150). La résolution est adoptée.", "Ara"),
        ("Garant : SIDIKOUM Oumar (père)", "SIDIKOUM"),
        ("Adresse : Le Village, lot 3, Vassieux\nTél. : 06 7l 22 40 18", "06 7l 22 40 18"),
        ("Adresse : Le Village, lot 3, Vassieux\nProfession : comptable", "Le Village, lot 3, Vassieux"),
        ("Logement loué : 31 rue Fondaudège, 3e étage droite, 33000 BORDEAUX", "33000 BORDEAUX"),
        ("Née le l4/06/1951 à ORAN", "l4/06/1951"),
        ("N° étranger : 9903187264", "9903187264"),
        ("carte d'identité belge n° 592-1234567-83", "592-1234567-83"),
        ("demeurant 1 place du Marché à Charlieu, saine d'esprit", "Charlieu"),
        ("Figurant au cadastre : Section AM N° 203.", "AM N° 203"),
        ("sont nés :\n- Zofia Wiskind, le 2 mai 2015,\n- Ivo Wiskind, le 11 novembre 2018.", "11 novembre 2018"),
    ],
)
def test_what_a_label_announces_is_hidden(text: str, hidden: str) -> None:
    assert hidden in text
    assert hidden not in shown(text)


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("M. Krzysztof WISKIND. Tobi Wiskind est mineur.", "Tobi"),
        ("M. Rui TEIXEIRA DOS SANTOS. Teixeira dos Santos paie.", "Teixeira dos Santos"),
        ("M. Jan van der Heijdorn. Recrutée par van der Heijdorn en 2016.", "van der"),
        ("Mme Tugdualine Le Nouyard. Un mot de Tugdualine.", "un mot de Tugdualine"[-10:]),
        ("Nom : ÖZKANOV\nEnfants : 1. ÖZKANOV Emir, née le 20.03.2014. La maîtresse d'Emir l'a dit.", "d'Emir"[2:]),
        ("Mme Inès BELHADJI. Le mail de Belhadji fils ; Belhadji trouve que non.", "Belhadji"),
        ("les associés Ly et Ouedraogol ont agréé. Ly renonce.", "Ly renonce"[:2]),
        ("Il se faisait appeler « Ricoulo ». Un certain Momodi a tout vu.", "Ricoulo"),
        ("Je donne à son mari Lulu dix euros.", "Lulu"),
        ("M. Théophane JOUFFR0Y signe ; Jouffroy rend les clés.", "Jouffroy"),
        ("C'est Lopezini, le cousin, qui est venu en présence de Jacquotel.", "Lopezini"),
        ("C'est Lopezini, le cousin, qui est venu en présence de Jacquotel.", "Jacquotel"),
        ("bailleur ; M. lbrahima  DIAKlTOU", "DIAKlTOU"),
    ],
)
def test_a_name_is_carried_in_all_that_it_is_called(text: str, hidden: str) -> None:
    assert hidden in text
    assert hidden not in shown(text)


@pytest.mark.parametrize(
    "text",
    [
        "LA RÉMUNÉRATION EST FIXÉE À 2 050 EUROS ET LE CAPITAL EST DE 50 000 EUROS.",
        "Sexe : M\nNationalité : française",
        "Objet : relance / Axa\nPièces jointes : devis",
        "QUESTION : Que s'est-il passé ?\nRÉPONSE : Rien.",
        "Nous : les parties. Contre : néant. Abstentions : aucune.",
        "la page PAGEREF Toc de l'API Légifrance PAGEREF",
    ],
)
def test_what_fills_a_form_and_is_nobody_stays(text: str) -> None:
    assert shown(text) == text


def test_in_an_act_in_capitals_a_name_ends_where_the_sentence_goes_on() -> None:
    out = shown("LA PAIE DE M. BAHOUM EST FIXÉE À 2 050 EUROS. M. ROUXEL DÉCLARE AVOIR REÇU LA SOMME.")
    assert out == "LA PAIE DE M. ______ EST FIXÉE À 2 050 EUROS. M. ______ DÉCLARE AVOIR REÇU LA SOMME."


def test_two_letters_that_stand_for_a_name_are_carried_nowhere() -> None:
    assert "la CGT FO" in shown("à M. FO..., domicilié à Lyon ; la CGT FO intervient.")


@pytest.mark.parametrize("mark", [" | ", ";"])
def test_a_columns_header_says_what_its_cells_are(mark: str) -> None:
    rows = (
        ("Nom", "Né le", "Adresse", "N° SS"),
        ("AUBERT", "12 juin 1990", "Le Bourg Neuf", "190069900000"),
        ("BARON", "13.06.91", "", ""),
    )
    out = shown("\n".join(map(mark.join, rows)))
    assert out.startswith(mark.join(rows[0]))
    assert not any(cell in out for row in rows[1:] for cell in row if cell)


def test_the_line_above_a_street_is_of_the_address() -> None:
    out = shown("Madame Suzanne Abgrall\n  Résidence Ker Anna\n  8 rue du Phare\n  29680 Roscoff")
    assert "Ker Anna" not in out


@pytest.mark.parametrize("verb", ["signé", "examiné", "donnée", "assigné", "demandé", "décidé"])
def test_a_date_behind_a_verb_that_ends_as_birth_and_death_do_is_nobodys(verb: str) -> None:
    assert Entity.BIRTH_DATE not in {span.entity for span in find_all(f"L'accord a été {verb} le 03/02/2024 à Lyon.")}


@pytest.mark.parametrize("label", ["Code postal", "CP"])
def test_a_postcode_in_a_field_of_its_own_is_hidden(label: str) -> None:
    text = f"Adresse : 5 allée des Tilleuls   {label} : 45800"
    assert any(text[span.start : span.end] == "45800" and span.entity is Entity.ADDRESS for span in find_all(text))


def test_an_instance_that_is_born_of_a_contract_is_nobodys_birth() -> None:
    text = "Elle renonce à toute instance née du contrat rompu le 2 mars 2024."
    assert Entity.BIRTH_DATE not in {span.entity for span in find_all(text)}
