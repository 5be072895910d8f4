"""Scans for tests: a PDF of pictures of text, and a store of pages in memory."""

import io
from collections.abc import Mapping, Sequence

from PIL import Image, ImageDraw, ImageFont

SENTENCES = (
    "Attendu que le bailleur a délivré congé au preneur",
    "Vu les articles 1240 et suivants du Code civil",
    "Par ces motifs, la cour confirme le jugement déféré",
    "Le preneur est condamné aux entiers dépens",
)


class Pages:
    """The port `Kept`, and what was asked of it."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        self.loads = 0

    def load(self) -> Mapping[str, str]:
        self.loads += 1
        return dict(self.pages)

    def keep(self, name: str, page: str) -> None:
        assert name not in self.pages, "a page was recognised twice"
        self.pages[name] = page


def picture(number: int) -> Image.Image:
    """A page of a few lines that says its number."""
    page = Image.new("L", (1240, 900), 255)
    font = ImageFont.load_default(34)
    for line, sentence in enumerate((f"Pièce numéro {number}", *SENTENCES)):
        ImageDraw.Draw(page).text((90, 90 + 70 * line), sentence, fill=0, font=font)
    return page


def scan(pages: Sequence[int]) -> bytes:
    """A PDF of those pages as pictures, 150 dpi."""
    first, *others = (picture(number) for number in pages)
    made = io.BytesIO()
    first.save(made, "PDF", save_all=True, append_images=others, resolution=150)
    return made.getvalue()
