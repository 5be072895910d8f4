"""What chunks promise of every document: nothing lost, nothing above the maximum, exact counts, local edits."""

import dataclasses
import hashlib
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chunking import Block, BlockKind, ChunkSettings, Part, TooManyChunks
from chunking.assembly import chunk
from chunking.outline import outline_of, text_of
from chunking.references import find_articles
from chunking.splitter import Spans, split
from chunking.structure import mark
from chunking.tokens import BLANKS, count

SMALL = ChunkSettings(minimum=8, target=24, maximum=48)
PIECES = [
    *("Article 5 – Durée", "TITRE II", "ARTICLE 3", "MOTIFS", "1. Objet", "a) le premier ;", "Attendu que", "ANNEXE 1"),
    *(
        "Le preneur paie le loyer. ",
        "M. Durand, art. L. 145-40-2 du code de commerce, ",
        "n° 19-19.463 ; ",
        "« Oui ! » ",
    ),
    *("\n", "\n\n", " \n ", "\t", "  ", "\u00a0", "\u202f", "\x1c", "\r\n", " : ", "...", "🏛️", "été", "12345678", "_"),
    *(
        "[PERSONNE_A1B2]",
        "<|endoftext|>",
        "'s",
        "x" * 90,
        "-" * 70,
        " " * 60,
        "\n" * 9,
        "| ",
        "日本語の文章",
        "e\u0301",
    ),
]
TEXTS = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=12)), min_size=1, max_size=30).map("".join)
KINDS = st.sampled_from(list(BlockKind))
BLOCKS = st.builds(
    Block,
    kind=KINDS,
    text=TEXTS.filter(bool),
    level=st.integers(0, 3),
    page=st.one_of(st.none(), st.integers(1, 9)),
    table=st.one_of(st.none(), st.none(), st.integers(1, 2)),
)
PARTS = st.lists(BLOCKS, max_size=12).map(lambda blocks: Part("", "Bail", tuple(blocks), "text/plain"))


def paragraphs(*texts):
    return Part("", "Bail", tuple(Block(BlockKind.PARAGRAPH, text) for text in texts), "text/plain")


def sentences(seed, how_many):
    draw = random.Random(seed)
    words = [
        "le",
        "bail",
        "la",
        "vente",
        "un",
        "prix",
        "du",
        "loyer",
        "est",
        "payé",
        "dû",
        "convenu",
        "entre",
        "les",
        "parties",
        "par",
        "acte",
        "sous",
        "seing",
        "privé",
    ]
    return " ".join(" ".join(draw.choices(words, k=draw.randint(5, 20))).capitalize() + "." for _ in range(how_many))


@settings(max_examples=200, deadline=None)
@given(PARTS)
def test_the_chunks_give_the_text_back_and_none_is_above_the_maximum_and_counts_are_exact(part):
    whole = text_of(part)
    chunks = chunk([part], SMALL)
    if any(character not in BLANKS for character in whole):
        assert "".join(c.text for c in chunks) == whole
    for c in chunks:
        assert c.tokens == count(c.text) <= SMALL.maximum
        assert whole[c.start : c.start + len(c.text)] == c.text
    assert chunk([part], SMALL) == chunks


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet="ab \n.,é", min_size=1, max_size=3000))
def test_text_without_structure_is_cut_as_exactly(text):
    chunks = chunk([paragraphs(text)], SMALL)
    assert "".join(c.text for c in chunks) == text or not text.strip()
    assert all(c.tokens == count(c.text) <= SMALL.maximum for c in chunks)


@pytest.mark.parametrize(
    "text", ["x" * 40_000, "é" * 9_000, "." * 9_000, " " * 9_000 + "a", "\n" * 9_000 + "a", "1" * 5_000]
)
def test_a_word_without_end_is_cut_anywhere_and_counted_exactly(text):
    chunks = chunk([paragraphs(text)], SMALL)
    assert "".join(c.text for c in chunks) == text
    assert all(c.tokens == count(c.text) <= SMALL.maximum for c in chunks)


def test_a_blank_part_gives_no_chunk_and_no_part_gives_none():
    assert chunk([]) == ()
    assert chunk([paragraphs(" \n\u00a0")]) == ()


def test_ordinals_run_on_through_the_parts_and_offsets_do_not():
    first, second = paragraphs(sentences(1, 60)), dataclasses.replace(paragraphs(sentences(2, 60)), path="1")
    chunks = chunk([first, second], SMALL)
    assert [c.ordinal for c in chunks] == list(range(len(chunks)))
    assert next(c for c in chunks if c.part == "1").start == 0


def test_every_chunk_but_a_forced_one_keeps_the_minimum():
    part = paragraphs(*(sentences(n, 3) for n in range(60)))
    assert all(c.tokens >= SMALL.minimum for c in chunk([part], SMALL))


def test_an_article_is_a_chunk_of_its_own():
    texts = [piece for n in range(1, 5) for piece in (f"Article {n} – Clause", sentences(n, 5))]
    chunks = chunk([paragraphs(*texts)])
    assert [c.heading_path for c in chunks] == [(f"Article {n} – Clause",) for n in range(1, 5)]


def test_a_heading_stays_with_what_it_heads():
    texts = [piece for n in range(1, 30) for piece in (f"Article {n}", sentences(n, 1 + n % 7))]
    chunks = chunk([paragraphs(*texts)])
    assert not any(c.text.rstrip().split("\n")[-1].startswith("Article ") for c in chunks)


def test_no_cut_falls_in_a_legal_reference():
    text = " ".join(["Vu les articles L. 145-40-2 et 1231-5 du code de commerce et le pourvoi n° 19-19.463"] * 60)
    part = paragraphs(text)
    chunks = chunk([part], ChunkSettings(minimum=8, target=24, maximum=64))
    borders = {c.start for c in chunks}
    spans = {(ref.start, ref.end) for ref in find_articles(text_of(part))}
    assert len(chunks) > 10
    assert not any(start < border < end for start, end in spans for border in borders)


def test_no_cut_falls_in_what_redaction_put_in_brackets():
    text = " ".join(f"[PERSONNE {n} DE LA PROCÉDURE]" for n in range(300))
    chunks = chunk([paragraphs(text)], SMALL)
    assert all(c.text.count("[") == c.text.count("]") for c in chunks)


def test_rows_of_a_table_are_whole_and_each_chunk_after_the_first_repeats_the_header():
    rows = [Block(BlockKind.TABLE_ROW, f"Lot {n} | {sentences(n, 1)} | {n} 000 €", table=1) for n in range(40)]
    header = Block(BlockKind.TABLE_HEADER, "Lot | Désignation | Prix", table=1)
    chunks = chunk([Part("", "État", (header, *rows), "text/plain")])
    assert len(chunks) > 3
    assert [c.repeated for c in chunks] == ["", *["Lot | Désignation | Prix"] * (len(chunks) - 1)]
    assert all(line.startswith("Lot ") for c in chunks for line in c.text.splitlines())
    assert all(c.embedded_text.count("Désignation") == 1 for c in chunks)


def test_a_row_above_the_maximum_is_cut_at_its_cells():
    row = Block(BlockKind.TABLE_ROW, " | ".join(sentences(n, 2) for n in range(12)), table=1)
    chunks = chunk([Part("", "", (row,), "text/plain")], SMALL)
    assert len(chunks) > 3
    assert "".join(c.text for c in chunks) == row.text
    assert all(c.tokens <= SMALL.maximum for c in chunks)


def test_the_chunks_of_an_email_keep_its_header_as_context():
    header = [Block(BlockKind.MAIL_HEADER, line) for line in ("De : a@exemple.fr", "Objet : Bail")]
    body = [Block(BlockKind.PARAGRAPH, sentences(n, 4)) for n in range(12)]
    chunks = chunk([Part("", "Bail", (*header, *body), "message/rfc822")])
    assert len(chunks) > 2
    assert {c.repeated for c in chunks[1:]} == {"De : a@exemple.fr\nObjet : Bail"}
    assert chunks[0].repeated == ""


def test_pages_come_from_the_blocks_that_a_chunk_touches():
    blocks = tuple(Block(BlockKind.PARAGRAPH, sentences(n, 2), page=1 + n // 4) for n in range(16))
    chunks = chunk([Part("", "", blocks, "application/pdf", pages=4)])
    assert chunks[0].page_first == 1
    assert chunks[-1].page_last == 4
    assert all(c.page_first <= c.page_last for c in chunks)


def test_hidden_text_and_flags_of_the_part_are_flagged():
    blocks = (Block(BlockKind.PARAGRAPH, "visible"), Block(BlockKind.PARAGRAPH, "caché", hidden=True))
    (only,) = chunk([Part("", "", blocks, "text/plain", flags=("ocr",))])
    assert only.flags == ("ocr", "hidden_text")


def test_articles_are_those_of_title_and_headings_and_references_are_all():
    part = Part(
        "",
        "Code du travail",
        (
            Block(BlockKind.PARAGRAPH, "Article L1232-1"),
            Block(BlockKind.PARAGRAPH, "Voir l'article L. 1235-3."),
        ),
        "text/plain",
    )
    (only,) = chunk([part])
    assert only.articles == ("L1232-1 code du travail", "L1232-1")
    assert only.article_refs == (*only.articles, "L1235-3 code du travail", "L1235-3")


def test_several_small_articles_in_one_chunk_are_shown_as_a_range():
    texts = [piece for n in (1, 2, 3) for piece in (f"Article {n}", "Le prix est dû.")]
    (only,) = chunk([paragraphs("TITRE I", *texts)])
    assert only.heading_path == ("TITRE I", "Article 1 … Article 3")
    assert only.articles == ("1", "2", "3")


def test_the_hash_is_of_what_is_embedded_and_not_of_where_it_stands():
    a, b = chunk([paragraphs("Le prix est dû.")]), chunk([paragraphs(sentences(1, 90)), paragraphs("Le prix est dû.")])
    assert a[0].content_hash == b[-1].content_hash
    under = chunk([paragraphs("TITRE I", "Le prix est dû.")])
    assert under[0].content_hash != a[0].content_hash


@settings(max_examples=60, deadline=None)
@given(PARTS, st.text(max_size=30))
def test_a_file_that_is_renamed_gives_nothing_new_to_embed(part, name):
    renamed = chunk([dataclasses.replace(part, title=name)], SMALL)
    assert [c.embedded_text for c in renamed] == [c.embedded_text for c in chunk([part], SMALL)]
    assert [c.content_hash for c in renamed] == [c.content_hash for c in chunk([part], SMALL)]


def test_the_name_of_a_file_is_kept_to_be_searched():
    (only,) = chunk([dataclasses.replace(paragraphs("Le prix est dû."), title="Bail Dupont, article 1709")])
    assert only.title == "Bail Dupont, article 1709"
    assert only.articles == ("1709",)


def test_a_text_that_says_it_is_a_code_owns_its_articles_whatever_its_file_is_called():
    made = chunk([paragraphs("Code civil", "Article 1240", "Tout fait quelconque de l'homme oblige.")])
    assert made[0].articles == ("1240 code civil", "1240")


def test_the_hash_is_the_same_in_every_run():
    (only,) = chunk([paragraphs("TITRE I", "Le prix est dû.")])
    assert only.embedded_text == "TITRE I\n\nTITRE I\n\nLe prix est dû."
    assert only.content_hash == hashlib.sha256(only.embedded_text.encode()).hexdigest()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 119), st.integers(0, 10_000))
def test_an_edit_of_one_paragraph_changes_few_chunks(edited, seed):
    texts = [sentences(n, 2) for n in range(120)]
    before = {c.content_hash for c in chunk([paragraphs(*texts)])}
    texts[edited] = sentences(1000 + seed, 2)
    after = [c for c in chunk([paragraphs(*texts)]) if c.content_hash not in before]
    assert 1 <= len(after) <= 6


def test_an_edit_that_destroys_a_cut_seldom_brings_more_than_two_chunks():
    texts = [sentences(n, 2) for n in range(150)]
    before = chunk([paragraphs(*texts)])
    known, many = {c.content_hash for c in before}, 0
    for edited in range(150):
        after = chunk([paragraphs(*texts[:edited], texts[edited][12:], *texts[edited + 1 :])])
        many += sum(c.content_hash not in known for c in after) > 2
    assert many <= 3


def test_two_edits_far_apart_leave_what_lies_between_alone():
    texts = [sentences(n, 2) for n in range(200)]
    before = [c.text for c in chunk([paragraphs(*texts)])]
    texts[3], texts[-3] = "Tout autre chose.", "Tout autre chose encore."
    after = {c.text for c in chunk([paragraphs(*texts)])}
    middle = before[len(before) // 4 : -len(before) // 4]
    assert set(middle) <= after


def test_too_many_chunks_are_refused_with_figures_and_no_content():
    with pytest.raises(TooManyChunks, match=r"gives \d+ chunks, and the limit is 2\.") as refused:
        chunk([paragraphs(sentences(1, 90))], dataclasses.replace(SMALL, max_chunks=2))
    assert "bail" not in str(refused.value).lower()


@pytest.mark.parametrize("sizes", [(0, 10, 20), (20, 10, 40), (8, 50, 40), (30, 40, 50), (1, 2, 8), (10, 100, 9000)])
def test_sizes_that_cannot_be_kept_are_refused(sizes):
    with pytest.raises(ValueError, match="must"):
        ChunkSettings(*sizes)


def test_what_is_made_of_a_tuple_has_every_field_of_its_kind():
    prose = "Selon l'article 1240 du code civil, celui par la faute duquel un dommage est arrivé le répare."
    part = Part("", "", (Block(BlockKind.PARAGRAPH, "Article 5"), Block(BlockKind.PARAGRAPH, prose)), "text/plain")
    outline = outline_of(part)
    pieces = split(outline.text, outline.boundaries, Spans([]), SMALL)
    made = [*chunk([part]), *outline.places, *find_articles(outline.text), mark("Article 5"), *pieces]
    assert {type(it).__name__ for it in made} == {"Chunk", "Place", "ArticleRef", "Mark", "Piece"}
    assert all(len(it) == len(it._fields) for it in made)
