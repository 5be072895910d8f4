"""The schedule of rents as a workbook: dates that are numbers with a format, totals that are formulas, two sheets."""

from datetime import date
from xml.sax.saxutils import escape

from samples.docx import PACKAGE, R, zipped

S = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
EPOCH = date(1899, 12, 30)  # day 0 of a spreadsheet, as every reader counts
PLAIN, DATE, MONEY, BOLD = range(4)  # places in the list of formats below
VAT = 20  # per cent

Cell = str | int | float | date | tuple[str, float]  # a pair is a formula with the value that was last computed

TERMS = [  # due date, quarterly rent without tax, provision on charges
    (date(2025, 10, 1), 4500, 390),
    (date(2026, 1, 1), 4500, 390),
    (date(2026, 4, 1), 4500, 390),
    (date(2026, 7, 1), 4500, 390),
    (date(2026, 10, 1), 4950, 405),
    (date(2027, 1, 1), 4950, 405),
    (date(2027, 4, 1), 4950, 405),
    (date(2027, 7, 1), 4950, 405),
    (date(2027, 10, 1), 5400, 420),
    (date(2028, 1, 1), 5400, 420),
    (date(2028, 4, 1), 5400, 420),
    (date(2028, 7, 1), 5400, 420),
]


def schedule() -> list[list[Cell]]:
    head: list[Cell] = ["Échéance", "Loyer trimestriel HT", "Provision sur charges", "TVA 20 %", "Total TTC", "Statut"]
    rows: list[list[Cell]] = [["Échéancier des loyers – L’Atelier du Sureau (document fictif)"], head]
    for due, rent, charges in TERMS:
        row = len(rows) + 1
        vat = round((rent + charges) * VAT / 100, 2)
        status = "Réglé" if due < date(2026, 10, 1) else "À échoir" if due > date(2026, 10, 1) else "En retard"
        vat_cell = (f"(B{row}+C{row})*0.{VAT}", vat)
        rows.append([due, rent, charges, vat_cell, (f"B{row}+C{row}+D{row}", rent + charges + vat), status])
    last = len(rows)
    sums = [sum(term[1] for term in TERMS), sum(term[2] for term in TERMS)]
    totals: list[Cell] = [(f"SUM({column}3:{column}{last})", value) for column, value in zip("BC", sums, strict=True)]
    return [*rows, ["Total", *totals]]


def indexation() -> list[list[Cell]]:
    return [
        ["Indexation – article 6 du bail"],
        ["Élément", "Valeur"],
        ["Indice de base", "ILC, premier trimestre 2025"],
        ["Première indexation", date(2028, 9, 1)],
        ["Loyer de référence HT", 21600],
        ["Dépôt de garantie", 5400],
        ["Observation", "L’indexation joue à la hausse comme à la baisse."],
    ]


def workbook() -> bytes:
    sheets = {"Échéancier": schedule(), "Indexation": indexation()}
    names = "".join(
        f'<sheet name="{name}" sheetId="{place}" r:id="rId{place}"/>' for place, name in enumerate(sheets, start=1)
    )
    parts = {
        "[Content_Types].xml": content_types(len(sheets)),
        "_rels/.rels": links({"rId1": ("officeDocument", "xl/workbook.xml")}),
        "xl/workbook.xml": f'<workbook xmlns="{S}" xmlns:r="{R}"><sheets>{names}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": links(
            {"rId1": ("worksheet", "worksheets/sheet1.xml"), "rId2": ("worksheet", "worksheets/sheet2.xml")}
            | {"rId3": ("styles", "styles.xml")}
        ),
        "xl/styles.xml": styles(),
    }
    for place, rows in enumerate(sheets.values(), start=1):
        parts[f"xl/worksheets/sheet{place}.xml"] = sheet(rows)
    return zipped(parts)


def sheet(rows: list[list[Cell]]) -> str:
    columns = max(map(len, rows))
    size = f'<dimension ref="A1:{"ABCDEFGH"[columns - 1]}{len(rows)}"/>'
    lines = "".join(
        f'<row r="{number}">'
        + "".join(cell(f"{'ABCDEFGH'[place]}{number}", value, head=number <= 2) for place, value in enumerate(row))
        + "</row>"
        for number, row in enumerate(rows, start=1)
    )
    widths = f'<cols><col min="1" max="{columns}" width="24" customWidth="1"/></cols>'
    return f'<worksheet xmlns="{S}">{size}{widths}<sheetData>{lines}</sheetData></worksheet>'


def cell(place: str, value: Cell, *, head: bool) -> str:
    match value:
        case str():
            form = BOLD if head else PLAIN
            return f'<c r="{place}" s="{form}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
        case date():
            return f'<c r="{place}" s="{DATE}"><v>{(value - EPOCH).days}</v></c>'
        case (formula, computed):
            return f'<c r="{place}" s="{MONEY}"><f>{formula}</f><v>{computed}</v></c>'
        case _:
            return f'<c r="{place}" s="{MONEY}"><v>{value}</v></c>'


def styles() -> str:
    forms = "".join(
        f'<xf numFmtId="{form}" fontId="{font}" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
        for form, font in ((0, 0), (14, 0), (164, 0), (0, 1))
    )
    money = '<numFmts count="1"><numFmt numFmtId="164" formatCode="#,##0.00&quot; €&quot;"/></numFmts>'
    fonts = '<fonts count="2"><font><sz val="11"/></font><font><b/><sz val="11"/></font></fonts>'
    fills = '<fills count="2"><fill><patternFill/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    borders = '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    return f'<styleSheet xmlns="{S}">{money}{fonts}{fills}{borders}<cellXfs count="4">{forms}</cellXfs></styleSheet>'


def links(targets: dict[str, tuple[str, str]]) -> str:
    made = "".join(
        f'<Relationship Id="{name}" Type="{R}/{kind}" Target="{target}"/>' for name, (kind, target) in targets.items()
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{made}</Relationships>'


def content_types(sheets: int) -> str:
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{place}.xml" ContentType="{SHEET}.worksheet+xml"/>'
        for place in range(1, sheets + 1)
    )
    return (
        f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{SHEET}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{SHEET}.styles+xml"/>{overrides}</Types>'
    )
