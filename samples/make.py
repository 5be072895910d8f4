"""Writes `samples/documents/`: `python -m samples.make`, or `make samples`.

The same sources give the same bytes, with one exception: an encrypted PDF is salted, so it is written again only
when its content has changed.
"""

import io
import sys
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pypdf

from samples import docx, pdf, scan, xlsx
from samples.text_blocks import pieces, raw

DOCUMENTS = Path(__file__).parent / "documents"
PASSWORD = "moulin-1871"  # noqa: S105  the demo shows that Greffe asks for a copy without one
LEASE = "Baux/Bail commercial - SCI Les Tilleuls d'Argent.docx"
RENTS = "Baux/Échéancier des loyers 2025-2028.xlsx"
SERVICES = "Contrats/Contrat de prestation de services (Lanterne Numérique).pdf"
JUDGMENT = "Contentieux/Jugement TJ Valombreuse - RG 24-00817.pdf"
NOTICE = "Contentieux/Mise en demeure à l'entreprise - 2 octobre 2026.pdf"
MAIL = "Correspondance/RE Avenant au bail - accueil d'un artisan.eml"
NOTE = "Correspondance/Note de rendez-vous du 12 octobre.txt"
LOCKED = "À vérifier/Protocole transactionnel (protégé).pdf"
BROKEN = "À vérifier/Avenant n° 2 - brouillon endommagé.docx"


def lease() -> bytes:
    head = "Bail commercial – 12, place de l’Horloge-Arrêtée"
    return docx.written(pieces("bail"), "Bail commercial", "Cabinet Aubrac & Delmotte", head)


def amendment() -> bytes:
    return docx.written(
        pieces("avenant"), "Projet d’avenant n° 1", "Cabinet Aubrac & Delmotte", "Projet d’avenant n° 1"
    )


def services() -> bytes:
    design = pdf.Design(
        title="Contrat de prestation de services LN/FMV-2026-02",
        author="Lanterne Numérique",
        head="Contrat de prestation de services – réf. LN/FMV-2026-02 – Confidentiel",
        foot="Page {page} sur {pages}          Paraphes : ______  ______",
    )
    return pdf.written(pieces("prestation"), design)


def judgment() -> bytes:
    design = pdf.Design(
        title="Jugement RG 24/00817",
        author="Tribunal judiciaire de Valombreuse",
        head="N° RG 24/00817 – Minute n° 26/0431",
        foot="– {page} / {pages} –",
    )
    return pdf.written(pieces("jugement"), design)


def notice() -> bytes:
    design = pdf.Design(title="Mise en demeure", author="Aubrac & Delmotte", font=pdf.register_letter_font())
    return scan.scanned(pdf.written(pieces("mise_en_demeure"), design), seed=1871)


def mail() -> bytes:
    """A reply above the letter that it answers, and a draft attached."""
    quoted = "\n".join("> " + line if line else ">" for line in raw("courriel_cite").splitlines())
    message = EmailMessage(policy=SMTP)
    message["From"] = "Simon Delmotte <s.delmotte@aubrac-delmotte.example.org>"
    message["To"] = "Ondine Verdelange <ondine.verdelange@atelier-sureau.example.org>"
    message["Cc"] = "Apolline Grivelle <a.grivelle@aubrac-delmotte.example.org>"
    message["Date"] = "Wed, 14 Oct 2026 17:05:12 +0200"
    message["Subject"] = "RE: Avenant au bail – accueil d’un artisan dans l’arrière-boutique"
    message["Message-ID"] = "<20261014150512.4417@aubrac-delmotte.example.org>"
    message["In-Reply-To"] = "<20261013064833.0092@atelier-sureau.example.org>"
    thread = "Le mar. 13 oct. 2026 à 08:48, Ondine Verdelange <ondine.verdelange@atelier-sureau.example.org> a écrit :"
    message.set_content(f"{raw('courriel')}\n{thread}\n\n{quoted}\n", charset="utf-8", cte="quoted-printable")
    message.add_attachment(
        amendment(),
        maintype="application",
        subtype="vnd.openxmlformats-officedocument.wordprocessingml.document",
        filename="Projet d’avenant n° 1 – bail de l’Horloge.docx",
    )
    message.set_boundary("=_greffe_fiction_0001")
    return message.as_bytes()


def note() -> bytes:
    return raw("note").replace("\n", "\r\n").encode("utf-8")


def locked() -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(plain_protocol()))
    writer.encrypt(PASSWORD, algorithm="AES-256")
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def plain_protocol() -> bytes:
    return pdf.written(pieces("protocole"), pdf.Design(title="Protocole", author="Aubrac & Delmotte"))


def still_locks_the_same(content: bytes) -> bool:
    reader = pypdf.PdfReader(io.BytesIO(content), password=PASSWORD)
    return text_of(reader) == text_of(pypdf.PdfReader(io.BytesIO(plain_protocol())))


def text_of(reader: pypdf.PdfReader) -> str:
    return "\n".join(page.extract_text() for page in reader.pages)


def broken() -> bytes:
    """The first two thirds of a DOCX: an upload that was cut off."""
    whole = amendment()
    return whole[: len(whole) * 2 // 3]


WRITERS: dict[str, Callable[[], bytes]] = {
    LEASE: lease,
    RENTS: xlsx.workbook,
    SERVICES: services,
    JUDGMENT: judgment,
    NOTICE: notice,
    MAIL: mail,
    NOTE: note,
    LOCKED: locked,
    BROKEN: broken,
}


def make(target: Path) -> None:
    for name, write in WRITERS.items():
        path = target / name
        if name == LOCKED and path.exists() and still_locks_the_same(path.read_bytes()):
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(write())


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else DOCUMENTS)
