"""How fast redaction is, and against stock Presidio doing the same work, in one run.

Stock is the natural French set-up: a blank `fr` spaCy tokenizer, Presidio's own recognizers for `fr`, what it lacks as
`PatternRecognizer`s with context words over our own patterns, its default context enhancer. It finds no names, no
addresses and no organisations: it does less. "analysis" compares its `analyze` with ours, "whole_redaction" with
normalising, finding, choosing and writing tokens. Ratios carry over to another machine, absolute figures do not.
CPU seconds.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from presidio_analyzer import AnalyzerEngine, Pattern, PatternRecognizer, RecognizerRegistry
from presidio_analyzer.nlp_engine import NerModelConfiguration, SpacyNlpEngine

import redaction
from evals.harness import json_lines
from redaction import Redactor
from redaction.detect import find_all
from redaction.normalise import normalise
from redaction.patterns import PATTERNS
from redaction.recognizer import PresidioVoter
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
    """{"speed": MB/s, "against_stock_presidio": ratios on 1 and 100 pages, "size_and_loading": MB, seconds}."""
    text = _text(data)
    loading = _loading()
    redactor = Redactor("pseudonymise", SECRET)
    engine, stock = PresidioVoter(), _stock()
    redactor.redact(("M. Dupuytren",))
    hundred = _pages(text, 100)
    ours = {pages: _best(partial(redactor.redact, (_pages(text, pages),)), 3) for pages in (50, 100)}
    rules = _best(partial(find_all, normalise(hundred).text, by_rules_alone=True), 3)
    found = _best(partial(engine, hundred), 3)
    theirs = _best(partial(stock.analyze, text=hundred, language="fr"), 1)
    singles = [text[at : at + PAGE] for at in range(0, 20 * PAGE, 2 * PAGE)]
    page = {
        "ours": _best(lambda: [redactor.redact((it,)) for it in singles], 5),
        "found": _best(lambda: [engine(it) for it in singles], 5),
        "theirs": _best(lambda: [stock.analyze(text=it, language="fr") for it in singles], 5),
    }
    megabytes = len(hundred.encode()) / 1e6
    figures = {
        "speed": {
            "rules_megabytes_per_second": megabytes / rules,
            "with_the_model_megabytes_per_second": megabytes / ours[100],
            "seconds_100_pages": ours[100],
            "seconds_100_pages_in_blocks": _best(partial(redactor.redact, hundred.split("\n\n")), 3),
            "growth_from_50_to_100_pages": ours[100] / ours[50],
        },
        "against_stock_presidio": {
            "analysis_times_faster_1_page": page["theirs"] / page["found"],
            "analysis_times_faster_100_pages": theirs / found,
            "whole_redaction_times_faster_1_page": page["theirs"] / page["ours"],
            "whole_redaction_times_faster_100_pages": theirs / ours[100],
        },
        "size_and_loading": {"artefacts_megabytes": _artefacts() / 1e6, "seconds_beyond_presidio": loading},
    }
    print_table(figures)
    return figures


def _artefacts() -> int:
    """Bytes of the lexicons and of the model."""
    return sum(it.stat().st_size for it in (Path(redaction.__file__).parent / "data").iterdir())


def _loading() -> float:
    """Seconds until a first document is redacted, in a process of its own that has imported Presidio already."""
    code = (
        "import time, presidio_analyzer, presidio_analyzer.nlp_engine.no_op_nlp_engine\n"
        "start = time.process_time()\n"
        "from redaction import Redactor\n"
        "Redactor('pseudonymise', bytes(32)).redact(('M. Jean Dupuytren, Lambert et Quervillon',))\n"
        "print(time.process_time() - start)"
    )
    return min(float(subprocess.check_output([sys.executable, "-c", code], text=True)) for _ in range(3))


def _text(data: Path | None) -> str:
    """French decisions of the corpus, else a fictional page repeated."""
    folder = data / "pii" if data and (data / "pii").is_dir() else data
    path = folder / "judilibre_filled.jsonl" if folder else None
    if path is None or not path.is_file():
        return _SAMPLE * 500
    return "\n\n".join(str(row["text"]) for row in json_lines(path.read_text("utf-8")))


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
