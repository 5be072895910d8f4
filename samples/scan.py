"""A page as a scanner leaves it: one black-and-white image at 300 dpi, a little crooked, with dust, no text layer."""

import io
import random
import time

import pypdfium2
from PIL import Image

DPI = 300
TILT = 0.35  # degrees
SPECKS = 900
CREATED = time.struct_time((2026, 10, 5, 9, 12, 0, 0, 278, 0))


def scanned(pdf: bytes, seed: int) -> bytes:
    """The first page of a PDF as an image-only PDF. The seed places the dust."""
    document = pypdfium2.PdfDocument(pdf)
    page = document[0]
    image = page.render(scale=DPI / 72, grayscale=True).to_pil().convert("L")
    page.close()
    document.close()
    crooked = image.rotate(TILT, resample=Image.Resampling.BICUBIC, fillcolor=255)
    dust = random.Random(seed)  # noqa: S311  dust, not a secret
    for _ in range(SPECKS):
        crooked.putpixel((dust.randrange(crooked.width), dust.randrange(crooked.height)), dust.choice((0, 60, 255)))
    bilevel = crooked.point([0 if level < 150 else 255 for level in range(256)], mode="1")
    buffer = io.BytesIO()
    bilevel.save(buffer, "PDF", resolution=DPI, producer="Scanner fictif", creationDate=CREATED, modDate=CREATED)
    return buffer.getvalue()
