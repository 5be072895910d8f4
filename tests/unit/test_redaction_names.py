"""Whom the rules know by what stands around a name, in the turns of French legal life; and what is nobody."""

import pytest

from redaction.detect import find_people
from redaction.name_runs import Name
from redaction.sequence import find_again


def people(text: str) -> set[str]:
    return {text[name.start : name.end] for name, _ in find_people(text)}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("De cette union sont issus :\n- Timéo, né le 19 mars 2015 à Lille,", "Timéo"),
        ("Marie-Thérèse FONTAINE, retraitée, demeurant à Dole", "Marie-Thérèse FONTAINE"),
        ("il a été agressé par son collègue Dimitri le 11 février", "Dimitri"),
        ("feu votre père, Hubert de Saint-Aubin, lui aurait consenti", "Hubert de Saint-Aubin"),
        ("L'attestation Mebarki est de complaisance", "Mebarki"),
        ("les attestations de Kowalczyk, Sellier et Benyahia", "Benyahia"),
        ("l'indivision Charbonnel doit les charges", "Charbonnel"),
        ("Procédure Roux c. Boulanger", "Boulanger"),
        ("Bonjour Karim,\n\nComme convenu", "Karim"),
        ("De : Élodie Prigent <e.prigent@maison.example>", "Élodie Prigent"),
        ("Cordialement,\nKarim Benslimane\n", "Karim Benslimane"),
        ("Mme Anne DUVAL épouse MARCHAND", "MARCHAND"),
        ("Ont voté contre : DA COSTA FERREIRA Manuel (130).", "DA COSTA FERREIRA Manuel"),
        ("remis en main propre à Coulibaly Bakary pour valoir", "Coulibaly Bakary"),
        ("vos collègues Nadège Ferré et Oumar", "Nadège Ferré"),
        ("Demandeur : Morgane Le Bris, vendeuse", "Morgane Le Bris"),
        ("Lot | Copropriétaire | Tantièmes\n12 | AUBERTIN Gilles | 145", "AUBERTIN Gilles"),
        ("10h30 rdv Abitbol (succession)", "Abitbol"),
        ("une sœur cadette du nom de Palwasha.", "Palwasha"),
        ("Mme Anne COLIN, M. Paul TROUVÉ.\nFait en double. Colin-Trouvé", "Colin-Trouvé"),
        ("Lot;Propriétaire;Voix\n4;CHEN Wei;10\n5;DE OLIVEIRA Joaquim;10", "DE OLIVEIRA Joaquim"),
        (
            "alors voilà ce matin j'ai reçu un recommandé de l'avocat de sandrine et les lois je n'y comprends rien",
            "sandrine",
        ),
        ("La famille Pommier habite en face.", "Pommier"),
        ("Patiente : DELMAS (née VIDALIE) Corinne", "Corinne"),
        ("Situation de famille : concubinage avec IRIGOYEN Xan", "IRIGOYEN Xan"),
        ("Avis d'imposition de M. Haudebourg.\n15. Avis HAUDEBOURG L. et autres", "HAUDEBOURG L."),
        ("Le pommier est en fleur. M. Chapelain conclut. Chapelain, lui, se tait.", "Chapelain"),
        ("Cc : florian ; compta\nObjet : réunion", "florian"),
        ("[03/06 22:14] Nono : t'as vu karim ?\n[03/06 22:15] Moi : non", "karim"),
        ("Un local loué à Rouch (coiffeur), puis vide.", "Rouch"),
        ("Nom;Prénom;Naissance\nBARON;Gwendoline;28/02/1999", "BARON"),
        ("Héritier | Qualité\nErell KERSAINT | Enfant\nPaul KERSAINT | Enfant", "Paul KERSAINT"),
    ],
)
def test_a_person_is_known_by_what_stands_around_the_name(text: str, name: str) -> None:
    assert name in people(text)


@pytest.mark.parametrize(
    "text",
    [
        "Monsieur le Procureur de la République et Monsieur le Préfet de la Seine-Saint-Denis",
        "L'employeur verse l'indemnité. Marié ou pacsé, le salarié en justifie.",
        "CEDH, arrêt c. Royaume-Uni ; requête contre la République",
        "une entreprise de travail temporaire, dite ETT",
        "le tribunal d'instance d'Antony et le lycée Gabriel",
        "Rang | Créancier | Montant\n1 | URSSAF Pays de la Loire | 12\n2 | Minoterie du Loir | 7",
        "Formats acceptés : PDF, PNG et TIFF.",
        "son ancien directeur général adjoint Ile-de-France",
        "À Madame l'officier de l'état civil",
        "né en 1990, il prie en l'église Saint-Géry et au couvent de Bon-Repos",
    ],
)
def test_offices_places_and_institutions_are_nobody(text: str) -> None:
    assert people(text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "Chapelain prétend ne pas avoir reçu la somme.",
        "La lettre de Bastide le confirme, celle de Bastide aussi.",
        "Relancer Marchand sur les honoraires.",
        "Il ne travaillera pas pour Potier ni pour un autre.",
        "Voir avec Berger (le notaire).",
    ],
)
def test_a_surname_that_is_a_word_of_french_is_known_by_its_use(text: str) -> None:
    assert any(name.why == "use" for name, _ in find_people(text))


@pytest.mark.parametrize(
    "text",
    [
        "Le Vendeur garantit la chose. Vendeur soutient que non.",
        "Bastide refuse. La bastide est en ruine.",
        "Cela ne peut être exigé par Arrêté du Ministre.",
        "La société Berger (l'employeur) conclut.",
        "Retrait au bureau de Poste, selon Quiconque.",
        "Le présent contrat est un contrat de Franchise. Les parties conviennent de la durée de Préavis.",
        "Le procès-verbal de Recette, signé par Client, vaut Convention selon Devis, par Avenant.",
        "Le lot de Copropriété, le règlement de Copropriété et le syndic.",
        "DÉCISION\nVotre demande est acceptée.\n7. Domiciliés : Nouvelle demande",
        "Client soutient que non. Témoin affirme avoir vu.",
        "les parties tentent une médiation confiée au centre de Port-Lune.",
        "Fait à la mairie de Vieux-Moulin, et reçu à la commune de Haute-Rive.",
    ],
)
def test_a_word_with_an_article_or_in_lower_case_elsewhere_is_no_surname(text: str) -> None:
    assert all(name.why != "use" for name, _ in find_people(text))


def test_an_ordinary_word_that_is_a_partys_surname_is_hidden_where_it_acts() -> None:
    text = "Dossier Roux c. Boulanger\n\nBoulanger soutient que non. Le boulanger du village a vu la scène."
    found = [text[name.start : name.end] for name, _ in find_people(text)]
    assert found.count("Boulanger") == 2
    assert "boulanger" not in found


def test_what_somebody_says_is_not_what_somebody_is_called() -> None:
    assert people("Elle s'était dit : « Il viendra. » Il vint.") == set()


def test_what_the_model_takes_for_a_person_twice_is_one_everywhere() -> None:
    text = "Lambrissol chante. Vandrel salue. Lambrissol danse. Lambrissol dort."
    seen = [Name(at, at + 10, "", "Lambrissol", "model") for at in (0, 34)] + [Name(19, 26, "", "Vandrel", "model")]
    covered = bytearray(len(text))
    for name in seen:
        covered[name.start : name.end] = b"\1" * (name.end - name.start)
    assert [name.start for name in find_again(text, seen, covered)] == [52]


def test_what_the_model_takes_for_a_person_in_few_of_its_places_is_not_carried() -> None:
    text = "Lambrissol " * 10
    seen = [Name(at, at + 10, "", "Lambrissol", "model") for at in (0, 11)]
    assert list(find_again(text, seen, bytes(len(text)))) == []
