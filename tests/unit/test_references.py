"""Legal references: however an article or a decision is written, it has one form, in documents and in questions."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chunking.cases import case_refs, find_cases
from chunking.codes import CODES, name_at, name_in
from chunking.numbering import normalised
from chunking.references import _Citation, _plain, article_refs, find_articles


@pytest.mark.parametrize(
    "written",
    [
        "L. 1232-1",
        "L.1232-1",
        "L 1232-1",
        "L1232-1",
        "l1232-1",
        "L. 1232‑1",
        "L. 1232–1",
        "L.\xa01232-1",
        "art. L. 1232-1",
        "Art. L1232-1",
        "ARTICLE L. 1232-1",
        "l’article L. 1232-1",
        "l'article L.\n1232-1",
        "art. L. 1232-1 al. 2",
        "article L. 1232-1, alinéa 2",
        "article L. 1232-1, 2°",
        "article L. 1232.1",
        "que dit l’article L. 1232-1 ?",
        "(L. 1232-1)",
        "article L.1232-1.",
        "art l1232-1",
        "art. L 1232 1",
        "article l 1232 1",
        "article n° L. 1232-1",
        "article L. 1232-1, paragraphe 1",
        "art. L. 1232-1, premier alinéa",
    ],
)
def test_one_article_of_the_legislative_part_has_one_form(written):
    assert article_refs(written) == ("L1232-1",)


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("R. 411-5", "R411-5"),
        ("R*. 132-4", "R132-4"),
        ("R.* 132-4", "R132-4"),
        ("R*325-6", "R325-6"),
        ("D 341-10", "D341-10"),
        ("D323-2-2", "D323-2-2"),
        ("art. LO 141", "LO141"),
        ("article L.O. 141-1", "LO141-1"),
        ("art. A. 444-32", "A444-32"),
        ("article 1er", "1"),
        ("Article 1 er", "1"),
        ("article L. 1232 - 1", "L1232-1"),
        ("art. r*132-4", "R132-4"),
        ("article premier", "1"),
        ("Article Ier", "1"),
        ("ARTICLE PREMIER", "1"),
        ("article 1240", "1240"),
        ("art. 1231-5", "1231-5"),
        ("article 371-1 bis", "371-1bis"),
        ("article 44 quindecies A", "44quindeciesA"),
        ("article 199 terdecies-0 A", "199terdecies-0A"),
        ("article 1649 quater B quater", "1649quaterBquater"),
        ("article liminaire", "liminaire"),
        ("article 3.2", "3.2"),
        ("article IV", "IV"),
    ],
)
def test_other_numbers_have_one_form_each(written, form):
    assert article_refs(written) == (form,)


@pytest.mark.parametrize(
    ("written", "numbers"),
    [
        ("articles 1240 et 1241 du code civil", ["1240", "1241"]),
        ("les articles 4, 5 et 455 du code de procédure civile", ["4", "5", "455"]),
        ("articles 14 à 16 du CPC", ["14", "15", "16"]),
        ("articles L. 311-1 à L. 311-4", ["L311-1", "L311-2", "L311-3", "L311-4"]),
        ("articles L. 311-1 et 311-2", ["L311-1", "L311-2"]),
        ("articles L. 311-1, L. 311-2 et R. 311-4", ["L311-1", "L311-2", "R311-4"]),
        ("articles 605 à 612-1", ["605", "612-1"]),
        ("articles 1 à 2534 du code civil", ["1", "2534"]),
        ("art. 1382 et s. du code civil", ["1382"]),
        ("articles 8 et suivants", ["8"]),
        ("articles 1240 ss c. civ.", ["1240"]),
        ("articles L. 1232-1 à -4", ["L1232-1", "L1232-2", "L1232-3", "L1232-4"]),
        ("articles L. 1232-1, -2 et -5", ["L1232-1", "L1232-2", "L1232-5"]),
        ("L.1232-1 à L.1232-3", ["L1232-1", "L1232-2", "L1232-3"]),
        ("articles 1103, 1104 et 1193 du code civil", ["1103", "1104", "1193"]),
        ("articles L. 111-1 et R. 111-1 à R. 111-3", ["L111-1", "R111-1", "R111-2", "R111-3"]),
        ("les articles 1231-1 al. 2 et 1231-5 § 1", ["1231-1", "1231-5"]),
    ],
)
def test_lists_and_ranges_name_each_of_their_articles(written, numbers):
    assert [ref.number for ref in find_articles(written)] == numbers


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("article 1240 du code civil", "1240 code civil"),
        ("article 1240 du Code Civil", "1240 code civil"),
        ("art. 1240 C. civ.", "1240 code civil"),
        ("1240 code civil", "1240 code civil"),
        ("art. 700 CPC", "700 code de procédure civile"),
        ("700 cpc", "700 code de procédure civile"),
        ("article 700 du nouveau code de procedure civile", "700 code de procédure civile"),
        ("article 1147 ancien du code civil", "1147 code civil"),
        ("article L. 115-1 du CRPA", "L115-1 code des relations entre le public et l'administration"),
        ("L. 1232-1 C. trav.", "L1232-1 code du travail"),
        ("article 6 § 1 de la Convention européenne des droits de l’homme", None),
        ("article 1er de la loi n° 78-17 du 6 janvier 1978", "1 loi 78-17"),
        ("article 37, alinéa 2, de la loi du 10 juillet 1991", "37 loi 91-647"),
        ("article 17 du RGPD", "17 règlement 2016/679"),
        ("article 17 du règlement (UE) 2016/679", "17 règlement 2016/679"),
        ("article 2 du décret n° 2019-536", "2 décret 2019-536"),
        ("article 15 de la loi n° 89-462 du 6 juillet 1989", "15 loi 89-462"),
        ("art. 1240 CC", "1240 code civil"),
        ("art. 121-3 CP", "121-3 code pénal"),
        ("art. 700 C.P.C.", "700 code de procédure civile"),
        ("L. 311-1 code conso", "L311-1 code de la consommation"),
        ("LO 141 code électoral", "LO141 code électoral"),
        ("199 quater C CGI", "199quaterC code général des impôts"),
        ("article L. 442-1, I, 2° du code de commerce", "L442-1 code de commerce"),
        ("article L. 442-6, I, 5°, a), du code de commerce", "L442-6 code de commerce"),
        ("article 1382 (ancien) du code civil", "1382 code civil"),
        ("R. 4127-1 CSP", "R4127-1 code de la santé publique"),
        ("art. L. 1152-1 du c. du trav.", "L1152-1 code du travail"),
        ("article L145-1 s. code de commerce", "L145-1 code de commerce"),
        ("art. 23 B de l'annexe IV au CGI", "23B code général des impôts annexe 4"),
        ("article 6, paragraphe 1, de la Convention européenne des droits de l'homme", None),
        ("article 4, § 2, sous a), du règlement (CE) n° 593/2008", "4 règlement 593/2008"),
        ("article 4 du règlement Rome I", "4 règlement 593/2008"),
        ("article 5 de la directive 2011/83/UE", "5 directive 2011/83"),
        ("article 16 de la directive (UE) 2019/771", "16 directive 2019/771"),
        ("art. 15 L. n° 89-462", "15 loi 89-462"),
        ("article 15 de la loi du 6 juillet 1989", "15 loi 89-462"),
        ("article 2 du décret du 17 mars 1967", "2 décret 67-223"),
        ("article 4 de la loi du 15 mars 2004", "4 loi 2004-03-15"),
    ],
)
def test_a_named_code_gives_the_precise_form_first_and_the_bare_number_too(written, form):
    expected = form or "6 convention de sauvegarde des droits de l'homme et des libertés fondamentales"
    assert article_refs(written) == (expected, expected.split(" ")[0])


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("C. civ., art. 1240", "1240 code civil"),
        ("CGI, art. 199 quater C", "199quaterC code général des impôts"),
        ("Code du travail art. L. 1232-1", "L1232-1 code du travail"),
        ("code du travail : L1232-1", "L1232-1 code du travail"),
        ("ce que dit le code du travail à l'article L1232-1", "L1232-1 code du travail"),
        ("C. trav. L. 1232-1", "L1232-1 code du travail"),
        ("CGI, ann. III, art. 49 septies", "49septies code général des impôts annexe 3"),
        ("décret n° 2016-1234 du 3 mars 2016, art. 5", "5 décret 2016-1234"),
        ("loi n° 89-462 du 6 juillet 1989, article 15", "15 loi 89-462"),
        ("L. n° 89-462, 6 juill. 1989, art. 15", "15 loi 89-462"),
        ("Règl. (UE) n° 2016/679, art. 6", "6 règlement 2016/679"),
        ("directive 2011/83/UE, art. 5", "5 directive 2011/83"),
    ],
)
def test_a_code_before_the_article_owns_it_too(written, form):
    assert article_refs(written) == (form, form.split(" ")[0])


def test_a_code_that_ends_a_sentence_or_another_citation_owns_nothing_after_it():
    assert article_refs("selon le code du travail. Article 3 – Durée") == ("3",)
    assert article_refs("article 1240 du code civil, article L. 1232-1")[2:] == ("L1232-1",)


@pytest.mark.parametrize(
    ("written", "numbers"),
    [
        ("1240 et 1241 c. civ.", ["1240", "1241"]),
        ("art. 700 et 696 CPC", ["700", "696"]),
        ("article 5 et article 9 du code civil", ["5", "9"]),
        ("articles 1101-1104 du code civil", ["1101", "1102", "1103", "1104"]),
        ("article 1382, devenu 1240, du code civil", ["1382", "1240"]),
        ("article 1134 (devenu 1103) du code civil", ["1134", "1103"]),
        ("articles L. 1232-1 & L. 1232-2 c. trav.", ["L1232-1", "L1232-2"]),
        ("articles 1134 et 1147 anciens du code civil", ["1134", "1147"]),
        ("articles L. 1232-1, -2 et -5 C. trav.", ["L1232-1", "L1232-2", "L1232-5"]),
    ],
)
def test_every_article_of_a_list_has_the_code_after_it(written, numbers):
    found = find_articles(written)
    assert [ref.number for ref in found] == numbers
    assert len({ref.code for ref in found}) == 1
    assert found[0].code


def test_each_group_of_a_citation_keeps_its_own_code():
    assert article_refs("article 1240 du code civil et 700 du code de procédure civile") == (
        "1240 code civil",
        "1240",
        "700 code de procédure civile",
        "700",
    )


def test_the_same_code_is_the_last_one_named():
    refs = article_refs("l'article 1240 du code civil, et l'article 1241 du même code")
    assert "1241 code civil" in refs


def test_the_present_code_is_the_one_the_text_is_of():
    assert article_refs("l'article 3 du présent code", code="code civil") == ("3 code civil", "3")
    assert article_refs("l'article 3", code="code civil") == ("3 code civil", "3")


@pytest.mark.parametrize(
    "text",
    [
        "Il y a 10-12 ans",
        "D. 2019, p. 123",
        "L. 2020",
        "A 380",
        "le 12-3",
        "un article de presse",
        "Bull. 2019, n° 12",
        "3 témoins",
        "art nouveau",
        "parti 12-3",
        "Jean L. 12 rue",
        "un quart 12-4",
        "2020-12-31",
        "tél. 06-12-34",
        "le pourvoi n° A 21-12.345",
        "D 12-05-2020",
        "le lot n° 1232 1, de L 200 m",
        "9 cc de cylindrée",
        "en exécution de la loi du 6 juillet 1989",
        "le décret n° 2016-1234 du 3 mars 2016",
    ],
)
def test_what_only_looks_like_an_article_is_none(text):
    assert article_refs(text) == ()


def test_a_quantity_after_a_single_article_is_not_an_article():
    assert article_refs("Selon l'article 5, 3 locataires et 12 témoins") == ("5",)


def test_a_sentence_that_goes_on_does_not_lend_its_capital_to_the_number():
    assert article_refs("article 12 A défaut d'accord") == ("12",)


def test_spans_cover_the_whole_citation_with_its_code():
    text = "Vu les articles 1240 et 1241 du code civil ;"
    assert {text[ref.start : ref.end] for ref in find_articles(text)} == {"articles 1240 et 1241 du code civil"}


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("pourvoi n° K 19-19.463", "19-19.463"),
        ("n° 19-19463", "19-19.463"),
        ("19‑19.463", "19-19.463"),
        ("RG n° 20/00804", "RG 20/00804"),
        ("N° RG 20/00804 - N° Portalis DBVK", "RG 20/00804"),
        ("R.G. : 2022004346", "RG 2022004346"),
        ("rg n°20/00804", "RG 20/00804"),
        ("n° 20/00804", "RG 20/00804"),
        ("RG 20/804", "RG 20/00804"),
        ("N° RG : 2022 004346", "RG 2022004346"),
        ("ECLI:FR:CCASS:2020:SO01234.", "ECLI:FR:CCASS:2020:SO01234"),
        ("ecli:fr:ccass:2020:so01234", "ECLI:FR:CCASS:2020:SO01234"),
        ("CE 428409", "CE 428409"),
        ("CEDH, 3 mars 2011, 12345/06", "12345/06"),
        ("CE, 5 mai 2021, n° 428409", "CE 428409"),
        ("Conseil d'État, 9e chambre, n° 428409", "CE 428409"),
        ("CAA Paris, n° 19PA01234", "19PA01234"),
        ("décision n° 2010-14/22 QPC", "2010-14/22 QPC"),
        ("n° 2020-800 DC", "2020-800 DC"),
        ("aff. C‑311/18", "C-311/18"),
        ("requête n° 12345/06", "12345/06"),
        ("TA Lyon, 3 mars 2021, n° 2012345", "TA 2012345"),
        ("NOR : JUSC1234567D", "NOR JUSC1234567D"),
        ("n° Portalis DBVX-V-B7F-OABC", "PORTALIS DBVX-V-B7F-OABC"),
        ("pourvoi n° A 21-12.345", "21-12.345"),
    ],
)
def test_a_decision_has_one_form(written, form):
    assert case_refs(written) == (form,)


@pytest.mark.parametrize("text", ["06-12-34-56-78", "06-12.345.67", "2020-12-31", "1.19-19.463", "FR76 3000-6000-0112"])
def test_telephones_dates_and_accounts_are_no_decisions(text):
    assert case_refs(text) == ()


def test_a_code_is_known_by_its_name_and_its_abbreviations_alike():
    for name, shorts in CODES.items():
        for written in (name, name.upper(), name.replace("'", "’"), *shorts):
            found = name_at(f"({written})", 1)
            assert found == (name, len(written) + 1), written


def test_a_title_that_starts_with_a_code_is_of_that_code():
    assert name_in("Code du travail, article L1232-1") == "code du travail"
    assert name_in("Commentaire du code du travail") == ""


NUMBERS = st.from_regex(r"[LRD][1-9][0-9]{2,3}-[1-9][0-9]?(-[1-9])?", fullmatch=True)


PLAIN = st.from_regex(r"[1-9][0-9]{2,3}(-[1-9][0-9]?)?", fullmatch=True)
LATIN = st.from_regex(r"[1-9][0-9]{1,2} (bis|ter|quater|octies|quindecies)( [A-H])?", fullmatch=True)


def written_otherwise(number, gap, dash):
    """The number as another hand would write it."""
    prefix = re.match(r"[LRDAO*]*", number)[0]
    return (prefix and prefix + gap) + number[len(prefix) :].replace("-", dash)


@given(NUMBERS, st.sampled_from(["", ".", ". ", " ", ".\u00a0"]), st.sampled_from(["-", "‑", "–"]))
def test_every_way_of_writing_a_number_meets_every_other(number, gap, dash):
    written = written_otherwise(number, gap, dash)
    assert article_refs(f"art. {written}") == article_refs(number) == article_refs(written.lower()) == (number,)


@settings(max_examples=300)
@given(st.one_of(NUMBERS, PLAIN, LATIN), st.sampled_from(sorted(CODES)), st.data())
def test_a_question_and_a_document_that_cite_the_same_article_meet(number, code, data):
    draw = data.draw
    short = draw(st.sampled_from([code, code.upper() if code.startswith("code") else code, *CODES[code]]))
    written = written_otherwise(number, draw(st.sampled_from([". ", " ", ""])), draw(st.sampled_from("-‑")))
    after = draw(st.sampled_from([" du ", ", "] if " " in number else [" ", " du ", ", "])) + short
    question = draw(
        st.sampled_from([f"article {written}{after}", f"art. {written}{after}", f"{short}, art. {written}"])
    )
    precise = f"{number.replace(' ', '')} {code}"
    assert precise in article_refs(f"Vu l'article {number} du {code} ;")
    assert precise in article_refs(question)


@given(st.text(alphabet="articles LRDA.*-‑0123456789,;()°§\n\u00a0erbiscodeduivltmà[]«»", max_size=200))
def test_any_text_is_read_and_its_spans_are_in_order_and_inside(text):
    spans = [(ref.start, ref.end) for ref in find_articles(text)]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert [start for start, _ in spans] == sorted(start for start, _ in spans)
    assert all(re.fullmatch(r"[^\s*]+", ref.number) for ref in find_articles(text))
    assert all(0 <= start < end <= len(text) for _, start, end in find_cases(text))


@pytest.mark.parametrize("text", ["un article 3 pièces", "article 3 exemplaires", "article 2 clauses"])
def test_a_figure_that_counts_what_follows_is_no_article(text):
    assert article_refs(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "l'article 3 pièces jointes",
        "article 3 alinéas 1 et 2",
        "article 3 précités",
        "article 3 dans sa rédaction",
        "article 3 lors de la vente",
        "article 3, pièces",
        "Article 3 Pièces",
    ],
)
def test_an_article_is_one_whatever_goes_on_after_it(text):
    assert article_refs(text) == ("3",)


@given(
    st.sampled_from(["L. 145-40-2", "L.1232-1", "1240", "1-2-3-4", "44 bis", "12345", "R. 1", "A 3", "0700"]),
    st.sampled_from([" du ", " de la ", " du\n", " "]),
    st.sampled_from(["code civil", "code du travail", "présent code", "CPC", "loi n° 89-462", "nouveau code civil"]),
    st.sampled_from(["", ".", " ", ", ", " (", " et ", "\n", " ;", " dont ", " ne ", " devenu ", " à "]),
    st.sampled_from(["", "1241", "devenu 1242", "n° 12", "l'article 9", "L. 3 du code civil", "ainsi que 5"]),
)  # fmt: skip
def test_a_citation_that_is_read_at_a_glance_is_read_so_at_length(number, of, code, joint, more):
    text = f"l'article {number}{of}{code}{joint}{more}"
    start, at = 2, len("l'article ")
    if (plain := _plain(text, at)) is not None:
        citation = _Citation(text, start, at, "")
        assert citation.read_group()
        assert (normalised([(plain[0], False)]), plain[1], plain[2]) == (citation.numbers, citation.code, citation.end)
        assert not citation.read_group()
