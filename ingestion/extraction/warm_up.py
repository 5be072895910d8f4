"""Reads one small file of every kind, so that whatever a reader loads late is loaded before its process is confined.

Libraries import modules inside functions (`Counter.most_common` imports heapq); a confined child can open no file and
would fail there. The files are ours, a few lines each; nothing of them is kept.
"""

import contextlib
import importlib
import io
import zipfile
from collections.abc import Mapping

from ingestion.errors import Park
from ingestion.extraction.limits import Limits
from ingestion.extraction.pdf_careful import read_with_pypdf
from ingestion.extraction.tree import extract

_MODULES = (
    "heapq",
    "bisect",
    "statistics",
    "fractions",
    "decimal",
    "calendar",
    "_strptime",
    "stringprep",
    "bz2",
    "lzma",
    "email.mime.multipart",
    "email.generator",
    "html.entities",
    "xml.etree.ElementTree",
)
_PAGE = b"BT /F1 12 Tf 50 700 Td (Article 1 : Objet) Tj ET BT /F1 8 Tf 50 60 Td (1 Cass. civ., 3 mai 2021.) Tj ET"
_OBJECTS = (
    b"<</Type/Catalog/Pages 2 0 R>>",
    b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
    b"<</Length %d>>stream\n%b\nendstream" % (len(_PAGE), _PAGE),
    b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
)
_MAIL = (
    b"From: =?iso-8859-1?q?Ana?= <ana@exemple.fr>\nSubject: Bail\nMIME-Version: 1.0\nContent-Type: "
    b'multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/html; charset=iso-8859-15\n'
    b"Content-Transfer-Encoding: quoted-printable\n\n"
    b"<p>Bonjour=E9</p>\n--b\nContent-Type: message/rfc822\n\nFrom: b@exemple.fr\nSubject: x\n\nSuite.\n--b--\n"
)
_SAVED_PAGE = (
    b"From: <Saved by Blink>\nSubject: a\nMIME-Version: 1.0\nContent-Type: multipart/related; boundary=b\n\n"
    b"--b\nContent-Type: text/html; charset=utf-8\n\n<p>a</p>\n--b--\n"
)
_SIGNED = bytes.fromhex("3023 0609 2a864886f70d010702 a016 3014 020101 3100 300d 0609 2a864886f70d010701 a000 0000")
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_DOCX = {
    "[Content_Types].xml": '<Types><Override ContentType="application/vnd.openxmlformats-officedocument.'
    'wordprocessingml.document.main+xml"/></Types>',
    "_rels/.rels": '<R><Relationship Type="officeDocument" Target="d.xml"/></R>',
    "d.xml": f'<w:document xmlns:w="{_W}"><w:body><w:p><w:r><w:t>Objet</w:t></w:r></w:p></w:body></w:document>',
}
_ODT = {
    "mimetype": "application/vnd.oasis.opendocument.text",
    "content.xml": '<o:d xmlns:o="urn:oasis:names:tc:opendocument:xmlns:office:1.0"><o:body>a</o:body></o:d>',
}


def warm_up() -> None:
    """Loads everything; takes some tens of milliseconds."""
    for name in _MODULES:
        importlib.import_module(name)
    limits, pdf = Limits(), _pdf()
    files = {
        "a.pdf": pdf,
        "a.eml": _MAIL,
        "a.mhtml": _SAVED_PAGE,
        "a.p7m": _SIGNED,
        "a.docx": _zip(_DOCX),
        "a.odt": _zip(_ODT),
        "a.rtf": b"{\\rtf1 \\'e9\\par}",
        "a.html": b"<html><body><table><tr><td>a<td>b<tr><td>c<td>d</table>",
        "a.csv": b"a;b\n1;2",
        "a.md": b"# a\n\n- b",
        "a.txt": "Été à l’étude, œuvre.".encode("cp1252"),
        "b.txt": bytes(range(128, 256)),
        "a.doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        "a.zip": _zip({"a.txt": "a"}),
    }
    for name, data in files.items():
        with contextlib.suppress(Park):  # what matters is the way to the refusal, too
            extract(data, name, limits)
    read_with_pypdf(pdf, limits)


def _pdf() -> bytes:
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(_OBJECTS, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    rows = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    table = b"xref\n0 6\n0000000000 65535 f \n" + rows
    return out + table + b"trailer\n<</Root 1 0 R/Size 6>>\nstartxref\n%d\n%%%%EOF\n" % len(out)


def _zip(members: Mapping[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in members.items():
            target.writestr(name, content)
    return out.getvalue()
