"""Fictional documents of several kinds in which every place has an invented word of its own.

An ordinary word is nobody's secret and may be in the index; a name and an identifier may be nowhere but in the source.
All of them are content: none may be in a log, a queue, a table, a receipt or a span.
"""

import io
import zipfile
from email.message import EmailMessage
from email.policy import SMTP

import pypdf

from samples import docx, pdf
from samples.identifiers import french_iban, nir
from samples.text_blocks import Piece

SURNAME = "Quervaillèque"
IBAN = french_iban("99999", "00007", "00000007171")
NIR = nir("2850799999998")
SECRETS = (SURNAME, IBAN, IBAN.replace(" ", ""), NIR, NIR.replace(" ", ""))

# By the place where it is planted.
ORDINARY = {
    "folder": "Brézoulinade",
    "inner folder": "Craquignolière",
    "pdf text": "tournebélisque",
    "pdf title": "Glaspécurion",
    "pdf author": "Mordréfuge",
    "pdf head": "Pistacléon",
    "pdf name": "Zéphyrostat",
    "docx text": "carambolédie",
    "docx title": "Vertigousié",
    "docx name": "Ombrelétique",
    "mail subject": "Farfadépiste",
    "mail text": "gribouilléon",
    "mail name": "Lanternélode",
    "attachment name": "Quincaillésque",
    "attachment text": "saperlipopète",
    "txt text": "moulinébert",
    "txt old text": "tarabuscotée",
    "txt name": "Chandéliberge",
    "erased text": "escarbouclière",
    "erased name": "Fanfrelucétie",
    "deleted text": "pimprenébole",
    "deleted name": "Turlutéphore",
    "malformed name": "Coquecigréade",
    "malformed text": "rocambolésie",
    "encrypted name": "Hurlubérliane",
    "encrypted text": "mirlitonnélle",
    "bomb name": "Patatréfouille",
    "bomb member": "Galimatiésse",
    "failing name": "Berlicoquéte",
    "failing text": "vasistapière",
    "poisoned name": "Croquembélise",
    "poisoned text": "dringuedélure",
    "dead name": "Ribambéleuse",
    "dead text": "zinzolinéade",
    "question": "capharnaumière",
}
WORDS = (*ORDINARY.values(), *SECRETS)

FOLDER = f"Dossier {ORDINARY['folder']}/Pièces {ORDINARY['inner folder']}"
TXT = f"{FOLDER}/Note {ORDINARY['txt name']} {SURNAME}.txt"
ERASED = f"{FOLDER}/Note {ORDINARY['erased name']}.txt"
DELETED = f"{FOLDER}/Note {ORDINARY['deleted name']}.txt"
FAILING = f"{FOLDER}/Note {ORDINARY['failing name']}.txt"
POISONED = f"{FOLDER}/Note {ORDINARY['poisoned name']}.txt"
DEAD = f"{FOLDER}/Note {ORDINARY['dead name']}.txt"

Documents = dict[str, bytes]


def good() -> Documents:
    return {
        f"{FOLDER}/Contrat {ORDINARY['pdf name']}.pdf": contract(),
        f"{FOLDER}/Avenant {ORDINARY['docx name']}.docx": amendment(),
        f"{FOLDER}/RE {ORDINARY['mail name']}.eml": mail(),
        TXT: note("txt old text"),
        ERASED: note("erased text"),
        DELETED: note("deleted text"),
    }


def bad() -> Documents:
    """Each is parked."""
    return {
        f"{FOLDER}/Projet {ORDINARY['malformed name']}.docx": malformed(),
        f"{FOLDER}/Protocole {ORDINARY['encrypted name']}.pdf": encrypted(),
        f"{FOLDER}/Archive {ORDINARY['bomb name']}.zip": bomb(),
    }


def note(word: str) -> bytes:
    text = f"""Note sur la clause de {ORDINARY[word]}

Article 1 – Objet
Madame Hermine {SURNAME}, née le 3 juillet 1985, numéro de sécurité sociale {NIR}, a signé la clause
de {ORDINARY[word]}.

Article 2 – Paiement
Madame {SURNAME} verse le prix sur le compte IBAN {IBAN}.
"""
    return text.encode()


def pieces(word: str) -> list[Piece]:
    title, *paragraphs = (line for line in note(word).decode().splitlines() if line)
    return [Piece("title", title), *(Piece("text", line) for line in paragraphs)]


def contract() -> bytes:
    design = pdf.Design(
        title=f"Contrat {ORDINARY['pdf title']} {SURNAME}",
        author=f"Étude {ORDINARY['pdf author']}",
        head=f"Contrat de {ORDINARY['pdf head']}",
    )
    return pdf.written([*pieces("pdf text"), Piece("break"), *pieces("pdf text")], design)


def amendment() -> bytes:
    return docx.written(pieces("docx text"), f"Avenant {ORDINARY['docx title']}", f"Hermine {SURNAME}", "")


def mail() -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"] = f"Hermine {SURNAME} <h.quervailleque@etude.example.org>"
    message["To"] = "Ondine Verdelange <ondine@etude.example.org>"
    message["Date"] = "Wed, 14 Oct 2026 17:05:12 +0200"
    message["Subject"] = f"RE: la clause de {ORDINARY['mail subject']} de Mme {SURNAME}"
    message.set_content(note("mail text").decode())
    message.add_attachment(
        note("attachment text"),
        maintype="text",
        subtype="plain",
        filename=f"Pièce {ORDINARY['attachment name']}.txt",
    )
    return message.as_bytes()


def malformed() -> bytes:
    """A DOCX that was cut off, its text in clear among its bytes."""
    whole = docx.written(pieces("malformed text"), "Projet", "Étude", "")
    return whole[: len(whole) * 2 // 3]


def encrypted() -> bytes:
    plain = pdf.written(pieces("encrypted text"), pdf.Design(title="Protocole", author="Étude"))
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(plain))
    writer.encrypt("un mot de passe", algorithm="AES-256")
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def bomb() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{ORDINARY['bomb member']} {SURNAME}.txt", b"\0" * 60_000_000)
    return made.getvalue()
