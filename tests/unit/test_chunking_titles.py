"""The title that a document gives itself stands over every chunk; a line that may be something else does not."""

import pytest

from chunking import Block, BlockKind, Part
from chunking.assembly import chunk

PROSE = "Le bailleur donne à bail au preneur, qui accepte, les locaux désignés ci-après, pour une durée de neuf années."


def paths(*blocks: Block | str) -> list[tuple[str, ...]]:
    made = tuple(it if isinstance(it, Block) else Block(BlockKind.PARAGRAPH, it) for it in blocks)
    return [it.heading_path for it in chunk([Part("", "scan0001", made, "text/plain")])]


def heading(text: str, level: int = 1) -> Block:
    return Block(BlockKind.HEADING, text, level=level)


def test_the_title_in_capitals_stands_over_every_article():
    found = paths("CONTRAT DE BAIL COMMERCIAL", "Entre les soussignés :", PROSE * 3, "Article 1 – Durée", PROSE * 3)
    assert found[0] == ("CONTRAT DE BAIL COMMERCIAL",)
    assert found[-1] == ("CONTRAT DE BAIL COMMERCIAL", "Article 1 – Durée")


def test_annexes_and_signatures_are_the_documents_too():
    found = paths("PROTOCOLE D'ACCORD", "Entre :", PROSE * 3, "Fait à Lyon, le 3", PROSE * 3, "ANNEXE 1", PROSE * 3)
    assert found[-2:] == [("PROTOCOLE D'ACCORD", "Signatures"), ("PROTOCOLE D'ACCORD", "ANNEXE 1")]


@pytest.mark.parametrize(
    "line",
    [
        "Arrêté du 3 mars 2025 relatif aux conditions d'agrément des organismes",
        "Contrat de travail à durée indéterminée",
        "Protocole transactionnel",
        "Procès-verbal de l'assemblée générale du 12 juin 2025",
    ],
)
def test_a_line_that_names_a_kind_of_act_is_the_title(line):
    assert paths(line, "NOR : ABCD2500001A", "Article 1er", PROSE * 3)[-1] == (line, "Article 1er")


def test_a_sentence_that_begins_with_the_name_of_an_act_is_none():
    assert paths("Contrat conclu à Lyon entre les parties.", "Article 1er", PROSE * 3)[-1] == ("Article 1er",)


@pytest.mark.parametrize("below", [1, 2])
def test_the_one_heading_above_the_others_is_the_title(below):
    found = paths(
        heading("Conditions générales"), heading("Objet", below), PROSE * 3, heading("Prix", below), PROSE * 3
    )
    assert found == [("Conditions générales", "Objet"), ("Conditions générales", "Prix")]


def test_the_formula_of_judgments_is_no_title_but_the_court_below_it_is():
    found = paths(
        "RÉPUBLIQUE FRANÇAISE", "AU NOM DU PEUPLE FRANÇAIS", "COUR D'APPEL DE DOUAI", "Arrêt du 3 mars",
        "MOTIFS", PROSE * 3,
    )  # fmt: skip
    assert found[-1] == ("COUR D'APPEL DE DOUAI", "MOTIFS")


@pytest.mark.parametrize(
    "blocks",
    [
        (heading("Introduction"), PROSE * 3, heading("Suite"), PROSE * 3),  # one of several of its level
        ("PRÉAMBULE", PROSE * 3, "DURÉE DU CONTRAT", PROSE * 3),  # heads the paragraph below it
        ("Le présent contrat est régi par le droit français, et par lui seul.", "OBJET", "Un.", PROSE * 3),
        (Block(BlockKind.TABLE_ROW, "ÉTAT DES LIEUX", table=1), "Ligne", PROSE * 3),
    ],
)  # fmt: skip
def test_a_line_that_may_head_a_part_only_is_not_taken_for_the_title(blocks):
    first = blocks[0].text if isinstance(blocks[0], Block) else blocks[0]
    assert first not in paths(*blocks)[-1]


def test_a_document_of_its_title_alone_is_a_chunk():
    assert paths(heading("Pouvoir")) == [("Pouvoir",)]
