"""Plain text: what its blanks and separators say."""

import pytest

from chunking.blocks import BlockKind
from ingestion.extraction import Limits, extract
from ingestion.extraction.text_layout import columns_of

_DECISION = """
                    TRIBUNAL JUDICIAIRE DE VALMONT
                        Jugement du 3 mars 2024

Entre la société Aubépine, dont le siège est à Valmont, représentée par son
gérant en exercice, et la société Bruyère, ayant pour avocat Maître Perche.
    Attendu que la société Aubépine a cédé son fonds de commerce par un acte
du 3 mars 2021, sous la condition suspensive d'un prêt ;
    Attendu que le prêt a été refusé à la société Bruyère, ainsi qu'il ressort
des pièces produites.

                                   - 2 -

                                          Fait à Valmont, le 3 mars 2024
"""


def _read(text: str, name: str = "note.txt") -> list[tuple[BlockKind, str]]:
    blocks = extract(text.encode(), name, Limits())[0].blocks
    return [(block.kind, block.text) for block in blocks if block.kind is not BlockKind.MAIL_HEADER]


def test_centred_lines_are_titles_and_an_indent_begins_a_paragraph() -> None:
    found = _read(_DECISION)
    assert found[:2] == [
        (BlockKind.HEADING, "TRIBUNAL JUDICIAIRE DE VALMONT"),
        (BlockKind.HEADING, "Jugement du 3 mars 2024"),
    ]
    assert [kind for kind, _ in found[2:]] == [BlockKind.PARAGRAPH] * 4
    assert [text.split()[0] for _, text in found[2:]] == ["Entre", "Attendu", "Attendu", "Fait"]


@pytest.mark.parametrize(
    "text",
    [
        "Lot\tSurface\tLoyer\nA1\t42 m²\t900 €\nB2\t57 m²\t1 150 €\n",
        "Lot;Surface;Loyer\nA1;42 m²;900 €\nB2;57 m²;1 150 €\n",
        "+----+-----+\n| Lot | Surface | Loyer |\n+---+---+\n| A1 | 42 m² | 900 € |\n| B2 | 57 m² | 1 150 € |\n+---+\n",
        "Lot      Surface     Loyer\nA1       42 m²       900 €\nB2       57 m²     1 150 €\n",
    ],
    ids=["tabs", "export", "frame", "columns"],
)
def test_a_table_in_plain_text_is_rows(text: str) -> None:
    rows = [(BlockKind.TABLE_HEADER, "Lot | Surface | Loyer"), (BlockKind.TABLE_ROW, "A1 | 42 m² | 900 €"),
            (BlockKind.TABLE_ROW, "B2 | 57 m² | 1 150 €")]  # fmt: skip
    assert _read(text) == rows
    mail = f"From: a@exemple.fr\nTo: b@exemple.fr\nSubject: lots\n\nBonjour,\n\n{text}"
    assert _read(mail, "lots.eml")[1:] == rows


@pytest.mark.parametrize(
    "text",
    [
        "Le bail est conclu ; il se renouvelle ; il prend fin.\n" * 4,
        "Il vend, il loue, il prête.\nElle paie, elle entretient, elle rend.\nIls cèdent, ils usent, ils jouissent.\n",
        "1.\tLe bail est conclu.\n2.\tIl se renouvelle.\n3.\tIl prend fin.\n",
    ],
    ids=["semicolons", "commas", "a list at tabs"],
)
def test_sentences_with_separators_are_no_table(text: str) -> None:
    assert not {BlockKind.TABLE_ROW, BlockKind.TABLE_HEADER} & {kind for kind, _ in _read(text)}


def test_texts_that_stand_side_by_side_are_read_one_after_the_other() -> None:
    left = ["La société Aubépine, ayant son siège", "à Valmont, représentée par Mme Ana", "Dupont, le bailleur."]
    right = ["La société Bruyère, ayant son siège", "à Perche, représentée par M. Luc", "Martin, le preneur."]
    text = "\n".join(f"{one:<42}{other}" for one, other in zip(left, right, strict=True))
    assert [text for _, text in _read(text)] == [" ".join(left), " ".join(right)]


def test_names_beside_each_other_are_not_run_together_with_those_below() -> None:
    found = _read(f"{'Le bailleur':<50}Le preneur\n{'Ana Dupont, gérante':<50}Luc Martin, président\n")
    assert [text for _, text in found] == ["Le bailleur Le preneur", "Ana Dupont, gérante Luc Martin, président"]


@pytest.mark.parametrize("name", ["pieces.txt", "pieces.eml"])
def test_the_items_of_a_list_stand_apart_and_their_lines_together(name: str) -> None:
    items = "- le bail signé le 3 mars 2021 par les deux parties, avec tous ses\n  avenants ;\n- l'état des lieux ;\n"
    head = "From: a@exemple.fr\nTo: b@exemple.fr\nSubject: x\n\n" if name.endswith("eml") else ""
    assert _read(f"{head}Pièces :\n{items}", name)[1:] == [
        (BlockKind.LIST_ITEM, "- le bail signé le 3 mars 2021 par les deux parties, avec tous ses avenants ;"),
        (BlockKind.LIST_ITEM, "- l'état des lieux ;"),
    ]


def test_columns_are_not_looked_for_where_it_would_cost_more_than_they_are_worth() -> None:
    assert columns_of(["a  b"] * 3) == [["a"] * 3, ["b"] * 3]
    assert columns_of(["a  b" + "  c" * 1_000] * 3) is None
    assert columns_of(["a  b"] * 100_000) is None


def test_what_stands_above_the_head_of_an_export_is_no_row_of_it() -> None:
    assert _read("Lots au 3 mars 2024;;\n\nLot;Surface;Loyer\nA1;42;900\n", "lots.csv") == [
        (BlockKind.PARAGRAPH, "Lots au 3 mars 2024"),
        (BlockKind.TABLE_HEADER, "Lot | Surface | Loyer"),
        (BlockKind.TABLE_ROW, "A1 | 42 | 900"),
    ]
    assert _read("Nom\nAubépine\n", "noms.csv")[0] == (BlockKind.TABLE_HEADER, "Nom")
