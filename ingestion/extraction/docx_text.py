"""The text of one Word paragraph: its runs in order, through whatever wraps them, with what hangs on them put aside.

Deletions are dropped and flagged, fields show their result and never their instruction, hidden runs come apart. It
must never decide what a paragraph is: that is `docx.py`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ingestion.extraction.docx_numbering import W
from ingestion.extraction.docx_styles import (
    NO_STYLE,
    Properties,
    Style,
    Styles,
    colour_of,
    is_white,
    is_white_letter,
    properties_among,
    switched_on,
)
from ingestion.extraction.hygiene import raised_number
from ingestion.extraction.reading import Composer
from ingestion.extraction.xml import Element

_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_WPS = "{http://schemas.microsoft.com/office/word/2010/wordprocessingShape}"
_VAL = f"{W}val"
_SHADE, _HIGHLIGHT = f"{W}shd", f"{W}highlight"
R, T = f"{W}r", f"{W}t"
_INSERTED = {f"{W}ins", f"{W}moveTo"}
_DELETED = {f"{W}del", f"{W}moveFrom"}
_ALTERNATE = f"{_MC}AlternateContent"
_WRAPPED = {*_INSERTED, *_DELETED, _ALTERNATE}
_FRAME, _DROP_CAP = f"{W}framePr", f"{W}dropCap"
_RPR, _MT = f"{W}rPr", f"{_M}t"
SKIPPED = {f"{W}{name}" for name in ("pPr", "rPr", "tblPr", "tblGrid", "trPr", "tcPr", "sdtPr", "sdtEndPr", "sectPr",
                                     "instrText", "delText", "rt")}  # fmt: skip
_AS_TEXT = {f"{W}tab": "\t", f"{W}ptab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-"}
_NOTES = {f"{W}footnoteReference": "footnotes", f"{W}endnoteReference": "endnotes"}
_FIELD = f"{W}fldChar"
_BOX = f"{W}txbxContent"
_TINY = 4  # half-points
_VERTICAL = f"{W}vertAlign"
_HEXADECIMAL = set("0123456789abcdefABCDEF")


@dataclass(frozen=True, slots=True)
class NoteReference:
    kind: str  # "footnotes" or "endnotes"
    id: str
    own_mark: bool  # the author's own sign stands in the text: it is not counted


class ParagraphText:
    """What one paragraph holds, gathered run by run."""

    __slots__ = ("bold", "boxes", "fields", "hidden", "muted", "notes", "shown")

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.hidden: list[str] = []
        self.boxes: list[Element] = []
        self.notes: list[NoteReference] = []
        self.bold = True  # until a visible run is not
        self.fields: list[bool] = []  # of each open field: whether its instruction is being read
        self.muted = False  # within an instruction, whose nested fields have runs that look like text


def paragraph_text(paragraph: Element, style: Style, styles: Styles, composer: Composer, shaded: bool) -> ParagraphText:
    """`shaded`: the paper behind it is not white, so that white letters can be read."""
    text = ParagraphText()
    for child in paragraph:
        tag = child.tag
        if tag == R:
            _run(child, text, style, styles, shaded)
        elif tag not in SKIPPED:
            for run in _runs_of((child,), composer):
                if run.tag == R:
                    _run(run, text, style, styles, shaded)
                elif not text.muted:
                    text.shown.append(run.text or "")
    text.bold = text.bold and bool(text.shown)
    return text


def _run(run: Element, text: ParagraphText, style: Style, styles: Styles, shaded: bool) -> None:
    children = list(run)  # once: every walk makes its elements anew
    properties = properties_among(children, _RPR)
    of_run, raised = NO_STYLE, False
    if not properties:
        hidden = style.hidden or (style.white and not shaded)
    else:
        of_run = styles.get(value_of(properties, "rStyle"))
        hidden = _is_hidden(properties, style, of_run, shaded)
        raised = _VERTICAL in properties and value_of(properties, "vertAlign") == "superscript"
    into = text.hidden if hidden else text.shown
    before = len(into)
    for child in children:
        tag = child.tag
        if tag == T:
            if not text.muted:
                into.append(raised_number(child.text or "") if raised else child.text or "")
        elif tag != _RPR:
            _run_content(child, into, text)
    if text.bold and not hidden and len(into) > before:
        stated = switched_on(properties, "b")
        text.bold = stated if stated is not None else style.bold or of_run.bold


def _run_content(child: Element, into: list[str], text: ParagraphText) -> None:
    """What a run holds besides plain text."""
    tag = child.tag
    if tag == _FIELD:
        _field(child, into, text)
    elif text.muted:
        return
    elif tag in _AS_TEXT:
        into.append(_AS_TEXT[tag])
    elif tag == f"{W}sym":
        into.append(_symbol(child))
    elif tag in _NOTES:
        own = str(child.get(f"{W}customMarkFollows", "0")) not in ("0", "false", "off")
        text.notes.append(NoteReference(_NOTES[tag], str(child.get(f"{W}id")), own))
    elif tag not in SKIPPED:
        boxes = text_boxes(child)
        text.boxes += boxes
        if tag == _ALTERNATE and not boxes:  # a newer character, and the older one beside it
            into += [item.text or "" for item in child.iterfind(f"{_MC}Fallback/{T}")]


def _field(mark: Element, into: list[str], text: ParagraphText) -> None:
    """Begin, separate or end of a field; those within another's instruction are not shown."""
    match mark.get(f"{W}fldCharType"):
        case "begin":
            if not text.muted:
                into += _form_value(mark)
            text.fields.append(True)
        case "separate" if text.fields:
            text.fields[-1] = False
        case "end" if text.fields:
            text.fields.pop()
    text.muted = any(text.fields)


def _form_value(mark: Element) -> list[str]:
    """What a form's box or list shows: neither has a result to read."""
    box, choices = mark.find(f"{W}ffData/{W}checkBox"), mark.find(f"{W}ffData/{W}ddList")
    if box is not None:
        states = {str(item.tag): str(item.get(_VAL, "1")) not in ("0", "false", "off") for item in box}
        return ["☒" if states.get(f"{W}checked", states.get(f"{W}default", False)) else "☐"]
    if choices is not None:
        entries = [str(item.get(_VAL, "")) for item in choices.iterchildren(f"{W}listEntry")]
        values = {str(item.tag): str(item.get(_VAL, "0")) for item in choices}
        chosen = values.get(f"{W}result", values.get(f"{W}default", "0"))
        return entries[int(chosen) :][:1] if chosen.isdecimal() and len(chosen) < 4 else []
    return []


def content(parent: Element, composer: Composer) -> Iterator[Element]:
    """Children that count: deletions dropped, insertions entered, one branch of each alternative."""
    for child in parent:
        if child.tag in _WRAPPED:
            yield from _content_of(child, composer)
        else:
            yield child


def _content_of(wrapper: Element, composer: Composer) -> Iterator[Element]:
    tag = wrapper.tag
    if tag != _ALTERNATE:
        composer.flag("tracked_changes")
        if tag in _INSERTED:
            yield from content(wrapper, composer)
        return
    branch = wrapper.find(f"{_MC}Choice")
    branch = branch if branch is not None else wrapper.find(f"{_MC}Fallback")
    if branch is not None:
        yield from content(branch, composer)


def _runs_of(children: Iterable[Element], composer: Composer) -> Iterator[Element]:
    """The runs among these children, and texts of formulas, in order, whatever wraps them."""
    for child in children:
        tag = child.tag
        if tag in (R, _MT):
            yield child
        elif tag in _WRAPPED:
            yield from _runs_of(_content_of(child, composer), composer)
        elif tag not in SKIPPED and len(child):
            yield from _runs_of(child, composer)


def text_boxes(element: Element) -> list[Element]:
    """The contents of text boxes below a drawing or picture, the modern branch where there are two."""
    if element.tag == _ALTERNATE:
        choice = element.find(f"{_MC}Choice")
        element = choice if choice is not None else element
    return [box for box in element.iter(_BOX) if not any(it.tag == _BOX for it in _between(box, element))]


def _between(box: Element, top: Element) -> Iterator[Element]:
    parent = box.getparent()
    while parent is not None and parent is not top:
        yield parent
        parent = parent.getparent()


def is_filled(box: Element) -> bool:
    """Whether the shape around a text box is painted, so that white letters in it can be read."""
    for around in box.iterancestors():
        tag = str(around.tag)
        if tag == f"{_WPS}wsp":
            return _painted(around)
        if around.get("fillcolor") is not None:
            return around.get("filled") not in ("f", "false") and not _is_white_name(str(around.get("fillcolor")))
        if tag in (R, f"{W}body"):
            break
    return False


def _painted(shape: Element) -> bool:
    properties = shape.find(f"{_WPS}spPr")
    for fill in properties if properties is not None else ():
        if fill.tag in (f"{_A}solidFill", f"{_A}gradFill", f"{_A}pattFill", f"{_A}blipFill"):
            colour = fill.find(f"{_A}srgbClr")
            return colour is None or not is_white_letter(str(colour.get("val", "")).upper())
        if fill.tag == f"{_A}noFill":
            return False
    reference = shape.find(f"{_WPS}style/{_A}fillRef")
    return reference is not None and reference.get("idx") not in (None, "0")


def _is_white_name(colour: str) -> bool:
    return colour.partition(" ")[0].lower() in ("white", "#fff", "#ffffff", "window")


def _is_hidden(properties: Properties, style: Style, of_run: Style, shaded: bool) -> bool:
    """Vanished, or set in white on nothing, or too small to be read."""
    vanish = switched_on(properties, "vanish")
    if vanish is not None:
        return vanish
    colour = colour_of(properties)
    white = is_white_letter(colour) if colour is not None else style.white or of_run.white
    size = value_of(properties, "sz") or ""
    tiny = size.isdecimal() and len(size) < 5 and int(size) <= _TINY
    return style.hidden or of_run.hidden or tiny or (white and not shaded and not is_shaded(properties))


def is_shaded(properties: Properties) -> bool:
    """Whether the background is anything but white."""
    shade = properties.get(_SHADE)
    return _HIGHLIGHT in properties or (shade is not None and not is_white(shade))


def mark_deleted(properties: Properties) -> bool:
    """Whether the paragraph's own mark is deleted, which joins what is left of it to the next one."""
    run = properties.get(_RPR)
    return run is not None and any(child.tag in _DELETED for child in run)


def is_drop_cap(properties: Properties) -> bool:
    """Whether the paragraph is the large first letter of the next one, which Word stores as one of its own."""
    frame = properties.get(_FRAME)
    return frame is not None and frame.get(_DROP_CAP) in ("drop", "margin")


def _symbol(element: Element) -> str:
    code = str(element.get(f"{W}char", ""))
    return chr(int(code, 16)) if code and len(code) <= 4 and set(code) <= _HEXADECIMAL else ""


def value_of(properties: Properties, name: str) -> str | None:
    child = properties.get(W + name)
    return str(child.get(_VAL)) if child is not None else None
