"""What acts of other kinds have in another form: a line for each rule, and what it must leave alone.

By rules alone, so that a failure names a rule and not the model.
"""

import pytest

from redaction.detect import find_all
from redaction.normalise import normalise
from redaction.spans import Entity

HIDDEN = frozenset(Entity) - {Entity.DATE, Entity.PLACE, Entity.ORGANISATION, Entity.CASE}


def hidden(text: str) -> str:
    """What is found, one finding after the other."""
    normal = normalise(text)
    found = [span for span in find_all(normal.text, by_rules_alone=True) if span.entity in HIDDEN]
    return " | ".join(normal.text[span.start : span.end] for span in sorted(found, key=lambda span: span.start))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Élève de 3e B, INE 220417795KD, demi-pensionnaire", "220417795KD"),
        ("N° FOP : 610 37702 44 K", "610 37702 44 K"),
        ("l'avis (n° fiscal 2177450983361) a été joint", "2177450983361"),
        ("MAAF (réf. sinistre 2210 66401 H)", "2210 66401 H"),
        ("Réf. 226718 / BT / P.V.", "226718"),
        ("Succession - Dossier LR/23-1107", "LR/23-1107"),
        ("Vos références à rappeler : 6620418 P", "6620418 P"),
        ("Compte locataire 733QUERE04", "733QUERE04"),
        ("téléphone volé, numéro de série K77R20QXZW41", "K77R20QXZW41"),
        ("carte Navigo 0044 7120 663", "0044 7120 663"),
        ("la Mégane (BX 417 RD) était garée", "BX 417 RD"),
        ("sortant vers 0041 76 555 31 09", "0041 76 555 31 09"),
        ("joint au téléphone (03.27.55 / 41.80)", "03.27.55 / 41.80"),
        ("à rappeler au 04 66 21 .. 30 57", "04 66 21 .. 30 57"),
        ("me suit sur Instagram @lulu_querrec29", "@lulu_querrec29"),
        ("Snap : querrec.bzh", "querrec.bzh"),
        ("remis par chèque 8841207 ce jour", "8841207"),
        ("Chien identifié sous la puce 250 269 604 118 773.", "250 269 604 118 773"),
        ("Navire immatriculé BR 884 213, francisation F-2017-00418.", "BR 884 213"),
        ("Navire immatriculé à Brest, francisation F-2017-00418.", "F-2017-00418"),
        ("Carte professionnelle CNAPS CAR-059-2026-03-14-20210584410.", "CAR-059-2026-03-14-20210584410"),
        ("Assurance-vie « Azur » 968/4471/20 R.", "968/4471/20 R"),
        ("Crédit renouvelable 4117 3306 1194 9007 (Sofinco)", "4117 3306 1194 9007"),
        ("une commande CMD-2023-118842 du 4 mars", "CMD-2023-118842"),
        ("WhatsApp, fixe (0033)1 42 60 11 90", "0033)1 42 60 11 90"),
        ("né le 7 fév 1981 à Lens", "7 fév 1981"),
        ("marié le 3 mai deux mille sept à Vannes", "3 mai deux mille sept"),
        ("Date de naiss. : 1972-11-30", "1972-11-30"),
        ("adresse IP inconnue, MAC 00:1B:44:11:3A:B7", "00:1B:44:11:3A:B7"),
    ],
)
def test_a_number_is_hidden_whatever_it_is_of(text: str, number: str) -> None:
    assert number in hidden(text).split(" | ")


@pytest.mark.parametrize(
    "text",
    [
        "Appel n° 317 - 14/03/2023 - 18:20:07",
        "ACCÉDIT N° 4 - 17 AVRIL 2023, 14H",
        "parquet n° 23045000123",
        "la population mondiale, 7 800 000 000 d'habitants",
        "un capital de 1000000000 euros",
        "NOR : JUSC2312345D",
        "appelez le numéro vert 0 800 12 34 56 78",
        "LA SOMME DE 150 ET NON LE 200",
        "Crédit de 1 200 000,00 sur le compte courant",
        "contrat 2022-2024, facture 12/03/2021 et commande du 04/05/2022",
        "Dossier 2025-117",
        "Contact : 01/02/2024 - 03",
        "les articles L. 121-1, R. 121-2 du code de la route et 12 R. 34",
    ],
)
def test_numbers_of_laws_calls_and_amounts_are_left(text: str) -> None:
    assert hidden(text) == ""


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('utilisée par KAYRAKTAN Emre dit "le Plombier"', "Plombier"),
        ('un inconnu qui se fait appeler "Doc"', "Doc"),
        ("avec son chef de chantier « Nono », absent", "Nono"),
        ("Elle se souvient d'un frère parti au Chili, « Rikko », jamais revenu.", "Rikko"),
        ("C'est fini. Préviens Zitouya.", "Zitouya"),
        ("c'est un escroc, demandez à Zitouya", "Zitouya"),
        ("ayants droit : QUERVALOT ép. NGOMA Lucile", "QUERVALOT"),
        ("le conducteur B EL OUARDOUNI, en sens inverse", "EL OUARDOUNI"),
        ("Témoin : Pineau J-L, au village", "Pineau J-L"),
        ("M. Loup QUERRIEN-VALME, voisin. Contre le bruit, pas contre Loup. Loup Q. a tiré.", "Loup Q."),
        (
            "nom prénom | adresse | signature | remarque\nFargeau-Quillec Awa | 2 les Baux | signé |",
            "Fargeau-Quillec Awa",
        ),
        ("nom prénom | adresse | signature\nLEMEURG Th. | chemin du Gué | signé", "LEMEURG Th."),
    ],
)
def test_a_name_is_known_by_quotation_marks_and_by_its_cell(text: str, name: str) -> None:
    assert name in hidden(text).split(" | ")


@pytest.mark.parametrize(
    "text",
    [
        'la Loi Pinel dite "le Dispositif"',
        "en 4e C, née le 15 août",
        "Postulant à Hué / VIET NAM",
        "née le 8 octobre 1985 à Jérémie (Haïti)",
        "le 8 octobre 1949 aux Ancizes, retraitée",
        "Partie | Conseil | Envoi\nMAAF | néant | courriel\nBET Structo | néant | courriel",
    ],
)
def test_classes_places_and_firms_are_nobody(text: str) -> None:
    assert not [it for it in hidden(text).split(" | ") if it and not it[0].isdigit()]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("MME LEPIC NADIA\nLA VILLE AUX FÈVES\n44117 SAINT-JOACHIM", "LA VILLE AUX FÈVES\n44117 SAINT-JOACHIM"),
        ("nom | adresse | remarque\nOde Quill | 5 bis, les Baux |", "5 bis, les Baux"),
        (
            "Domicile : 26, galerie du Lac - 38100 Grenoble ; hébergée par sa tante",
            "26, galerie du Lac - 38100 Grenoble",
        ),
        (
            "livré 3 sq. des Aubépines, 4e ét. dte, 69100 Villeurbanne",
            "3 sq. des Aubépines, 4e ét. dte, 69100 Villeurbanne",
        ),
        ("abonné, 71 CH DES COMBETTES 12850 ONET", "71 CH DES COMBETTES 12850 ONET"),
        ("Ayguesq Rémi, 2 r. Béteille\nsuite", "2 r. Béteille"),
        ("Son domicile, 18, passage de l'Asile, esc. 2, 75011", "18, passage de l'Asile, esc. 2, 75011"),
        ("habite au 7 de la rue des Lilas à Meudon", "7 de la rue des Lilas à Meudon"),
        ("Terrain : Les Trois Chênes, 37250 Veigné", "Les Trois Chênes, 37250 Veigné"),
        (
            "loué : appartement 24, 3e étage, 5 place Dauphine, Toulon",
            "appartement 24, 3e étage, 5 place Dauphine, Toulon",
        ),
    ],
)
def test_an_address_is_hidden_from_end_to_end(text: str, address: str) -> None:
    assert address in hidden(text).split(" | ")


def test_a_family_tree_signs_births_and_deaths() -> None:
    assert "03/01/1931" in hidden("Lucienne, célibataire, + Royat 03/01/1931")
    assert "12.3.1871" in hidden("Antoine (° Riom le 12.3.1871)")


def test_a_court_above_its_postcode_is_no_address() -> None:
    assert "Tribunal" not in hidden("Monsieur Untel Querrec\nTribunal judiciaire\n75001 Paris")


def test_the_next_label_is_no_part_of_a_surname() -> None:
    assert "QUERRIEN" in hidden("Nom : QUERRIEN Prénoms : Édson Miguel").split(" | ")
