"""The outline of French legal documents: which lines are headings, and what stands under them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chunking import Block, BlockKind, Part, openings
from chunking.boundaries import Strength
from chunking.openings import BY_LETTER, KINDS, may_open
from chunking.outline import outline_of, text_of
from chunking.ranks import Rank
from chunking.structure import is_shouted, mark, mark_of

LONG = "Le preneur s'oblige à payer le loyer convenu aux termes et dans les conditions fixés par les parties au bail."


def paths(*texts, kinds=None):
    """The heading path over the last block."""
    kinds = kinds or [BlockKind.PARAGRAPH] * len(texts)
    blocks = tuple(Block(kind, text, level=1) for kind, text in zip(kinds, texts, strict=True))
    return outline_of(Part("", "", blocks, "text/plain")).places[-1].path


@pytest.mark.parametrize(
    ("line", "rank", "label"),
    [
        ("Article 5 – Durée du contrat", Rank.ARTICLE, "Article 5 – Durée du contrat"),
        ("ARTICLE 3", Rank.ARTICLE, "ARTICLE 3"),
        ("Article premier : Objet", Rank.ARTICLE, "Article premier : Objet"),
        ("Article Ier", Rank.ARTICLE, "Article Ier"),
        ("Art. L. 311-1", Rank.ARTICLE, "Art. L. 311-1"),
        ("Article R*132-4", Rank.ARTICLE, "Article R*132-4"),
        ("PREMIÈRE PARTIE", Rank.PART, "PREMIÈRE PARTIE"),
        ("LIVRE IV", Rank.BOOK, "LIVRE IV"),
        ("Titre III : Des sûretés", Rank.TITLE, "Titre III : Des sûretés"),
        ("TITRE II DES OBLIGATIONS", Rank.TITLE, "TITRE II DES OBLIGATIONS"),
        ("SOUS-TITRE I", Rank.SUBTITLE, "SOUS-TITRE I"),
        ("CHAPITRE PREMIER", Rank.CHAPTER, "CHAPITRE PREMIER"),
        ("Section 2 – La vente", Rank.SECTION, "Section 2 – La vente"),
        ("Sous-section 2", Rank.SUBSECTION, "Sous-section 2"),
        ("EXPOSÉ DU LITIGE", Rank.ZONE, "EXPOSÉ DU LITIGE"),
        ("Faits et procédure", Rank.ZONE, "Faits et procédure"),
        ("MOTIFS DE LA DÉCISION :", Rank.ZONE, "MOTIFS DE LA DÉCISION"),
        ("SUR CE, LA COUR,", Rank.ZONE, "SUR CE, LA COUR"),
        ("PAR CES MOTIFS", Rank.ZONE, "PAR CES MOTIFS"),
        ("Sur le premier moyen, pris en sa deuxième branche", Rank.PLEA, None),
        ("Enoncé du moyen", Rank.ANSWER, "Enoncé du moyen"),
        ("Réponse de la Cour", Rank.ANSWER, "Réponse de la Cour"),
        ("ANNEXE 1 – Plans", Rank.ANNEX, "ANNEXE 1 – Plans"),
        ("Fait à Lyon, le 3 mars", Rank.SIGNATURES, "Signatures"),
        ("I. – Sur la recevabilité", Rank.ROMAN, "I. – Sur la recevabilité"),
        ("A. Sur la faute", Rank.CAPITAL, "A. Sur la faute"),
        ("1. Objet", Rank.NUMBER, "1. Objet"),
        ("1.1 Durée initiale", Rank.NUMBER_2, "1.1 Durée initiale"),
        ("I/ Rappel des faits", Rank.ROMAN, "I/ Rappel des faits"),
        ("B/ Sur la qualité à agir", Rank.CAPITAL, "B/ Sur la qualité à agir"),
        ("A.1 En droit", Rank.NUMBER_2, "A.1 En droit"),
        ("IV.2 Gestion du service", Rank.NUMBER_2, "IV.2 Gestion du service"),
        ("a. Sur la faute", Rank.SMALL, "a. Sur la faute"),
        ("b) Sur le lien de causalité", Rank.SMALL, "b) Sur le lien de causalité"),
        ("1°) Sur le point de départ", Rank.NUMBER, "1°) Sur le point de départ"),
        ("TITRE DEUXIÈME", Rank.TITLE, "TITRE DEUXIÈME"),
        ("Chapitre troisième – Des preuves", Rank.CHAPTER, "Chapitre troisième – Des preuves"),
        ("Mais sur le second moyen, pris en sa troisième branche", Rank.PLEA, None),
        ("Portée et conséquences de la cassation", Rank.ANSWER, None),
        ("En ce qui concerne la forme :", Rank.ANSWER, "En ce qui concerne la forme"),
        ("D E C I D E :", Rank.ZONE, "D E C I D E"),
        ("ARRÊTE :", Rank.ZONE, "ARRÊTE"),
        ("PREMIÈRE RÉSOLUTION", Rank.ARTICLE, "PREMIÈRE RÉSOLUTION"),
        ("Troisième résolution (Pouvoirs)", Rank.ARTICLE, "Troisième résolution (Pouvoirs)"),
        ("LA GREFFIÈRE LA PRÉSIDENTE", Rank.SIGNATURES, "Signatures"),
    ],
)
def test_a_heading_is_known_by_its_line(line, rank, label):
    found = mark(line)
    assert found is not None
    assert (found.rank, found.label) == (rank, line if label is None else label)


@pytest.mark.parametrize(
    "line",
    [
        "a) le premier",
        "(i) le second",
        "1° le premier",
        "Attendu que la cour",
        "Considérant que",
        "– un tiret",
        "12. La société a interjeté appel du jugement.",
        "II. – Le texte est ainsi rédigé, et vaut pour tous.",
        "II. Mentions légales ................ 3",
    ],
)
def test_a_clause_opens_a_unit_and_names_nothing(line):
    found = mark(line)
    assert found is not None
    assert (found.rank, found.label) == (Rank.CLAUSE, "")


@pytest.mark.parametrize(
    "line",
    [
        "Article 1240 du code civil",
        "Article 5, alinéa 2, du bail",
        "Le bailleur",
        "La section de commune",
        "Titres",
        "Titres de transport",
        "Partie demanderesse",
        "Sur le fondement de l'article 5",
        "Faits divers",
        "Livres",
        "",
    ],
)
def test_a_line_that_only_starts_like_one_is_no_heading(line):
    assert mark(line) is None


def test_a_title_run_into_its_paragraph_is_told_apart_from_it():
    found = mark(f"Article 7. Résiliation. {LONG} {LONG}")
    assert found is not None
    assert found.label in {"Article 7. – Résiliation", "Article 7 – Résiliation"}


def test_shouted_lines_are_titles_and_dates_names_or_sentences_are_not():
    assert is_shouted("PRÉAMBULE")
    assert not is_shouted("12/03/2024 – 14 H 30")
    assert not is_shouted("LE PRENEUR PAIE.")
    assert not is_shouted("Préambule")


def test_divisions_nest_and_an_article_stands_under_all_of_them():
    assert paths("LIVRE I", "TITRE II", "Chapitre III", "Section 1", "Article 5", LONG) == (
        "LIVRE I",
        "TITRE II",
        "Chapitre III",
        "Section 1",
        "Article 5",
    )


def test_a_division_closes_those_of_its_rank_and_below():
    assert paths("TITRE I", "Chapitre 1", "Article 1", LONG, "Chapitre 2", "Article 2", LONG) == (
        "TITRE I",
        "Chapitre 2",
        "Article 2",
    )
    assert paths("TITRE I", "Chapitre 1", "Article 1", LONG, "TITRE II", LONG) == ("TITRE II",)


def test_the_zones_of_a_judgment_follow_each_other_and_hold_its_pleas():
    assert paths("EXPOSÉ DU LITIGE", LONG, "MOTIFS", "Sur le premier moyen", "Réponse de la Cour", LONG) == (
        "MOTIFS",
        "Sur le premier moyen",
        "Réponse de la Cour",
    )


def test_an_annex_and_the_signatures_leave_the_last_article():
    assert paths("Article 12", LONG, "ANNEXE 1", LONG) == ("ANNEXE 1",)
    assert paths("Article 12", LONG, "Fait à Lyon, le 3 mars", LONG) == ("Signatures",)


def test_a_bare_heading_takes_the_short_line_that_follows_for_its_title():
    assert paths("ARTICLE 3", "Durée du bail", LONG) == ("ARTICLE 3 – Durée du bail",)


def test_headings_of_a_word_processor_hold_the_articles_below_them():
    kinds = [BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.PARAGRAPH]
    assert paths("Bail commercial", "Article 1", LONG, kinds=kinds) == ("Bail commercial", "Article 1")


def test_items_of_a_list_are_no_headings_though_they_are_numbered_and_short():
    kinds = [BlockKind.LIST_ITEM] * 3
    assert paths("1. Pommes", "2. Poires", "3. Cerises", kinds=kinds) == ()


def test_headings_inside_one_block_of_several_lines_are_found():
    outline = outline_of(
        Part("", "", (Block(BlockKind.PARAGRAPH, f"Préambule\n{LONG}\nArticle 1 – Objet\n{LONG}"),), "text/plain")
    )
    assert outline.places[-1].path == ("Article 1 – Objet",)
    assert outline.text[outline.places[-1].offset :].startswith("Article 1")


def test_rows_items_and_header_lines_follow_each_other_closely_and_paragraphs_do_not():
    blocks = (
        Block(BlockKind.PARAGRAPH, "a"),
        Block(BlockKind.LIST_ITEM, "b"),
        Block(BlockKind.LIST_ITEM, "c"),
        Block(BlockKind.TABLE_HEADER, "d | e", table=1),
        Block(BlockKind.TABLE_ROW, "f | g", table=1),
        Block(BlockKind.TABLE_ROW, "h | i", table=2),
    )
    assert text_of(Part("", "", blocks, "text/plain")) == "a\n\nb\nc\n\nd | e\nf | g\n\nh | i"


def test_a_numbered_line_by_itself_heads_the_paragraph_below_it_and_one_of_a_list_does_not():
    item, prose = BlockKind.LIST_ITEM, BlockKind.PARAGRAPH
    assert paths("MOTIFS", "I. Sur la recevabilité", LONG, kinds=[prose, item, prose])[-1] == "I. Sur la recevabilité"
    assert paths("MOTIFS", "1. Le loyer", "2. Les charges", LONG, kinds=[prose, item, item, prose]) == ("MOTIFS",)


def test_numbered_clauses_stay_under_their_article_whatever_their_type_size():
    blocks = (
        Block(BlockKind.HEADING, "Dispositions communes", level=2),
        Block(BlockKind.HEADING, "Article 6 – Apports", level=3),
        Block(BlockKind.HEADING, "6.1 En numéraire", level=2),
        Block(BlockKind.PARAGRAPH, LONG),
    )
    path = outline_of(Part("", "", blocks, "text/plain")).places[-1].path
    assert path[-2:] == ("Article 6 – Apports", "6.1 En numéraire")


def test_nothing_stands_under_a_preamble():
    kinds = [BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.HEADING, BlockKind.PARAGRAPH]
    assert paths("PRÉAMBULE", LONG, "1. Définitions", LONG, kinds=kinds) == ("1. Définitions",)
    assert paths("PRÉAMBULE", LONG, "DURÉE DU CONTRAT", LONG) == ("DURÉE DU CONTRAT",)


def test_what_a_code_says_of_an_articles_history_is_not_its_title():
    assert paths("Article 1240", "Modifié par Ordonnance n° 2016-131", LONG) == ("Article 1240",)


def test_pleas_without_a_number_stand_below_the_numbered_title_over_them():
    judgment = ["MOTIFS", "I. Sur la procédure", LONG, "II. Sur le fond", "Sur la prescription", LONG]
    assert paths(*judgment) == ("MOTIFS", "II. Sur le fond", "Sur la prescription")
    assert paths(*judgment, "Sur les dommages et intérêts", LONG)[1:] == (
        "II. Sur le fond",
        "Sur les dommages et intérêts",
    )
    assert paths(*judgment, "III. Sur les dépens", LONG) == ("MOTIFS", "III. Sur les dépens")


def test_numbered_titles_stand_below_a_plea_that_came_first():
    assert paths("MOTIFS", "Sur la demande principale", "1. La recevabilité", LONG, "2. Le bien-fondé", LONG) == (
        "MOTIFS",
        "Sur la demande principale",
        "2. Le bien-fondé",
    )


def test_each_way_of_counting_is_a_level_of_its_own():
    opened = ["I. Sur la responsabilité", LONG, "1) La faute", LONG, "a. Les faits", LONG]
    assert paths(*opened) == ("I. Sur la responsabilité", "1) La faute", "a. Les faits")
    assert paths(*opened, "b. Leur qualification", LONG)[-2:] == ("1) La faute", "b. Leur qualification")
    assert paths(*opened, "2) Le préjudice", LONG) == ("I. Sur la responsabilité", "2) Le préjudice")
    assert paths(*opened, "II. Sur la garantie", LONG) == ("II. Sur la garantie",)


def test_the_next_number_is_a_title_however_short_what_follows_it():
    assert paths("I. Définitions", LONG, "II. Objet", "Brève.") == ("II. Objet",)


def test_lines_of_a_wrapped_paragraph_are_prose_below_a_title():
    first, second = "Le preneur s'oblige à payer le loyer convenu aux termes", "et dans les conditions du bail."
    assert paths("3. Loyer", first, second) == ("3. Loyer",)


def test_an_indented_title_is_one_and_its_article_is_known():
    outline = outline_of(
        Part("", "", tuple(Block(BlockKind.PARAGRAPH, it) for it in (LONG, "   Article 5", LONG)), "text/plain")
    )
    assert outline.places[-1].path == ("Article 5",)
    assert outline.text[outline.places[-1].article :].startswith("Article 5")


def test_the_second_line_of_a_title_in_capitals_is_no_title_of_its_own():
    assert paths("CONDITIONS GÉNÉRALES", "DE LA PLATEFORME", LONG, "I. Objet", LONG)[0] == "CONDITIONS GÉNÉRALES"


@pytest.mark.parametrize("line", ["Sur le rapport de la 9e chambre", "Sur proposition du ministre"])
def test_who_reported_heads_nothing(line):
    assert mark(line) is None


@pytest.mark.parametrize(
    "line",
    ["NOR : ABCD2500001A", "N° RG 22/01234", "RÉF. 2024-118", "RÉPUBLIQUE FRANÇAISE", "IL A ÉTÉ CONVENU CE QUI SUIT :"],
)
def test_a_number_to_file_under_and_a_formula_head_nothing(line):
    assert paths(line, "Article 1er", LONG, kinds=[BlockKind.HEADING] + [BlockKind.PARAGRAPH] * 2) == ("Article 1er",)


def test_the_tenth_item_of_a_list_opens_as_the_first_does():
    assert list(may_open(["Le prix", "j) Le prix"])) == [1]
    assert mark_of("j) Le prix") == mark_of("a) le prix")


LISTED, PROSE = BlockKind.LIST_ITEM, BlockKind.PARAGRAPH


def test_a_lettered_title_over_a_numbered_one_is_a_heading_where_both_were_read_as_a_list():
    texts = ("II. DISCUSSION", "A. Sur la recevabilité", "1. En droit", LONG, "2. En l'espèce", LONG)
    kinds = [BlockKind.HEADING, LISTED, LISTED, PROSE, LISTED, PROSE]
    assert paths(*texts, kinds=kinds) == ("II. DISCUSSION", "A. Sur la recevabilité", "2. En l'espèce")
    next_ = ("B. Sur le fond", "1. En droit", LONG)
    assert paths(*texts, *next_, kinds=[*kinds, LISTED, LISTED, PROSE]) == (
        "II. DISCUSSION",
        "B. Sur le fond",
        "1. En droit",
    )


def test_a_list_of_exhibits_is_still_a_list():
    texts = ("A. Pièces du bailleur", "1. Bail du 3 mars", "2. Mise en demeure", "3. Constat")
    assert paths(*texts, kinds=[LISTED] * 4) == ()


def test_titles_whose_letters_are_set_apart_open_the_zones_of_a_judgment():
    assert mark("P A R C E S M O T I F S").label == "PAR CES MOTIFS"
    assert mark("F A I T S E T P R O C É D U R E").label == "FAITS ET PROCÉDURE"
    assert mark("J U G E M E N T") is None


def test_the_grounds_that_are_annexed_to_a_judgment_and_the_list_of_exhibits_are_headings():
    assert mark("MOYENS ANNEXES au présent arrêt").rank is Rank.ZONE
    assert paths("PAR CES MOTIFS", LONG, "BORDEREAU DE PIÈCES COMMUNIQUÉES", LONG) == (
        "BORDEREAU DE PIÈCES COMMUNIQUÉES",
    )


def strengths(*texts):
    """Of the boundary before each block but the first."""
    blocks = tuple(Block(PROSE, text) for text in texts)
    return outline_of(Part("", "", blocks, "text/plain")).boundaries.strengths


def test_a_title_without_any_mark_of_one_stays_with_what_it_entitles():
    assert strengths(LONG, "Durée et renouvellement", LONG) == [Strength.PARAGRAPH, Strength.LOOSE]
    assert strengths(LONG, "Conditions", "Condition d'âge", LONG)[1:] == [Strength.LOOSE, Strength.LOOSE]
    assert strengths(LONG, "grande instance de Lyon", LONG)[1] == Strength.PARAGRAPH  # a line of prose goes on
    assert strengths(LONG, "Le bail est résilié.", LONG)[1] == Strength.PARAGRAPH


def test_a_title_over_a_list_stays_with_its_first_item():
    blocks = (
        Block(PROSE, LONG),
        Block(PROSE, "Les risques"),
        Block(LISTED, "- le congé ;"),
        Block(LISTED, "- le prix."),
    )
    bounds = outline_of(Part("", "", blocks, "text/plain")).boundaries
    assert bounds.strengths[:2] == [Strength.PARAGRAPH, Strength.LOOSE]


def test_the_header_of_a_quoted_mail_stays_with_its_text():
    header = ("-----Message d'origine-----", "De : Cabinet X", "Envoyé : mardi", "À : Jean Dupont", "Objet : RE: Bail")
    assert strengths(LONG, *header, LONG)[1:] == [Strength.LOOSE] * 5


LINES = """
    Article 5|ANNEXE 1|Sous-section II|Première partie|SUR CE,|par ces motifs|M O T I F S|Énoncé du moyen|Le bail
    |Troisième résolution|BORDEREAU DES PIÈCES|PRÉAMBULE|En ce qui concerne|Et sur le moyen|LE GREFFIER|ſur ce|A.1 En
    |II. – Sur|B/ Le|1.2 Durée|٣. Durée|a. Sur|a) le|(i) le|3° le|— le|Considérant|Fait à Lyon|X. Dix
"""
OPENINGS = [line.strip() for line in LINES.split("|")]


@given(st.one_of(st.text(), st.builds("{}{}{}".format, st.text(max_size=2), st.sampled_from(OPENINGS), st.text())))
def test_a_line_is_compared_with_all_that_its_first_letter_may_begin(line):
    whole = re.compile("|".join(f"(?P<{kind}>{form})" for kind, form in KINDS.items()), re.MULTILINE)
    found, expected = (pattern.match(line) for pattern in (BY_LETTER[line[:1]], whole))
    assert (found and (found.lastgroup, found[0])) == (expected and (expected.lastgroup, expected[0]))


@given(
    st.one_of(
        st.text(min_size=1),
        st.builds("{}{}{}".format, st.sampled_from(["", "  ", "\xa0", "\u2003"]), st.sampled_from(OPENINGS), st.text()),
    )
)
def test_a_line_that_is_not_looked_at_for_its_first_letters_opens_nothing(line):
    assert list(may_open([line])) or mark_of(line) is None


def test_what_is_known_of_first_letters_is_bounded(monkeypatch):
    monkeypatch.setattr(openings, "_MOST_BEGINNINGS", 10)
    assert list(may_open([f"{chr(0x4E00 + number)} Article {number}" for number in range(30)])) == []
    assert len(openings._BEGINNINGS) <= 10
