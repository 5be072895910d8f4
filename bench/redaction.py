"""How fast redaction is, and against stock Presidio doing the same work, in one run.

Stock is the natural French set-up: a blank `fr` spaCy tokenizer, our own patterns as `PatternRecognizer`s with context
words, Presidio's default context enhancer. It finds no names: it does less. Ratios carry over to another machine,
absolute figures do not. CPU seconds of this process.
"""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from presidio_analyzer import AnalyzerEngine, Pattern, PatternRecognizer, RecognizerRegistry
from presidio_analyzer.nlp_engine import NerModelConfiguration, SpacyNlpEngine

from redaction import Redactor
from redaction.patterns import PATTERNS
from redaction.spans import Entity

SECRET = b"an evaluation's secret, 32 bytes"
PAGE = 3_000  # characters
_WORDS = ["compte", "numéro", "téléphone", "siren", "siret", "immatriculé", "sécurité", "sociale", "carte", "passeport"]
_SAMPLE = (
    "Par acte sous seing privé du 3 février 2022, M. Aurélien TESSANDIER, né le 12 juin 1971 à Tulle, demeurant "
    "14 bis, rue des Forges, 19000 Tulle, a confié à la société Brumaire, SIREN 732 829 320, la rénovation de son "
    "appartement. Le prix de 84 500 euros devait être réglé sur le compte FR76 3000 6000 0112 3456 7890 189. "
    "Le demandeur expose que les travaux n'ont jamais été achevés et fonde sa demande sur les articles 1103, 1217 et "
    "1231-1 du Code civil. Mme Odile Vanneste, joignable au 06 12 34 56 78, a déposé son rapport le 5 janvier 2024. "
    "Selon Tessandier, les désordres affectent la charpente ; la cour rappelle que le juge doit, en toutes "
    "circonstances, faire observer et observer lui-même le principe de la contradiction.\n\n"
)


def measure(data: Path | None) -> dict[str, dict[str, float]]:
    """{"with_the_model": MB/s and growth, "against_stock_presidio": ratios on 1 and 100 pages, "loading": seconds}."""
    text = _text(data)
    redactor = Redactor("pseudonymise", SECRET)
    loading = _seconds(lambda: redactor.redact(("M. Dupuytren",)))
    stock = _stock()
    ours = {pages: _best(partial(redactor.redact, (_pages(text, pages),)), 3) for pages in (50, 100)}
    theirs = _best(partial(stock.analyze, text=_pages(text, 100), language="fr"), 1)
    singles = [text[at : at + PAGE] for at in range(0, 20 * PAGE, 2 * PAGE)]
    our_page = _best(lambda: [redactor.redact((page,)) for page in singles], 3)
    their_page = _best(lambda: [stock.analyze(text=page, language="fr") for page in singles], 3)
    blocks = _pages(text, 100).split("\n\n")
    megabytes = len(_pages(text, 100).encode()) / 1e6
    figures = {
        "with_the_model": {
            "megabytes_per_second": megabytes / ours[100],
            "seconds_100_pages": ours[100],
            "seconds_100_pages_in_blocks": _best(lambda: redactor.redact(blocks), 3),
            "growth_from_50_to_100_pages": ours[100] / ours[50],
        },
        "against_stock_presidio": {
            "times_faster_1_page": their_page / our_page,
            "times_faster_100_pages": theirs / ours[100],
        },
        "loading": {"seconds_with_presidio": loading},
    }
    print_table(figures)
    return figures


def _text(data: Path | None) -> str:
    """French decisions of the corpus, else a fictional page repeated."""
    folder = data / "pii" if data and (data / "pii").is_dir() else data
    path = folder / "judilibre_filled.jsonl" if folder else None
    if path is None or not path.is_file():
        return _SAMPLE * 500
    import json  # only where a corpus is given

    return "\n\n".join(str(json.loads(line)["text"]) for line in path.read_text("utf-8").split("\n") if line.strip())


def _pages(text: str, pages: int) -> str:
    wanted = pages * PAGE
    return (text * (wanted // len(text) + 1))[:wanted]


def _stock() -> AnalyzerEngine:
    """Presidio's own recognizers for `fr`, and what it lacks as one `PatternRecognizer` each, as its manual shows."""
    import spacy  # heavy
    import tldextract.tldextract as domains

    domains.TLD_EXTRACTOR = domains.TLDExtract(suffix_list_urls=())  # its snapshot: nothing is fetched
    nlp = SpacyNlpEngine(
        models=[{"lang_code": "fr", "model_name": "blank"}], ner_model_configuration=NerModelConfiguration()
    )
    setattr(nlp, "nlp", {"fr": spacy.blank("fr")})  # noqa: B010  (Presidio declares it None)
    registry = RecognizerRegistry(supported_languages=["fr"])
    registry.load_predefined_recognizers(languages=["fr"])
    lacking = [pattern for pattern in PATTERNS if pattern.entity not in _PRESIDIO_HAS]
    for index, pattern in enumerate(lacking):
        form = Pattern(f"p{index}", pattern.body.pattern, 0.5)
        registry.add_recognizer(
            PatternRecognizer(
                str(pattern.entity), patterns=[form], context=_WORDS, supported_language="fr", name=f"r{index}"
            )
        )
    return AnalyzerEngine(registry=registry, nlp_engine=nlp, supported_languages=["fr"])


_PRESIDIO_HAS = (Entity.EMAIL, Entity.PHONE, Entity.IBAN, Entity.IP, Entity.URL, Entity.DATE)


def _best(work: Callable[[], object], times: int) -> float:
    return min(_seconds(work) for _ in range(times))


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def print_table(results: dict[str, dict[str, float]]) -> None:
    for name, scores in results.items():
        print(name)
        for label, value in scores.items():
            print(f"  {label:34} {value:10.3f}")
