"""Draws a picture of each seed product from the shape and the colours that its entry names.

python3.11 -m venv build/draw
build/draw/bin/pip install --require-hashes -r scripts/draw.lock
build/draw/bin/python scripts/draw_pictures.py adapters/seed/catalog adapters/seed/pictures
"""

import io
import sys
import tomllib
from pathlib import Path

from PIL import Image
from resvg_py import svg_to_bytes
from shapes import SHAPES

SIZE = 480
PALE = 215


def mixed(colour: str, other: str, share: float) -> str:
    """`colour` with so much of `other` in it."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(one + (two - one) * share):02x}" for one, two in pairs)


def _channels(colour: str) -> list[int]:
    return [int(colour[place : place + 2], 16) for place in (1, 3, 5)]


def svg(shape: str, first: str, second: str) -> str:
    ground = mixed(mixed(first, second, 0.35), "#ffffff", 0.82)
    if max(min(_channels(first)), min(_channels(second))) > PALE:
        ground = mixed(ground, "#4d6274", 0.4)  # so that a white thing does not vanish on white
    stage = mixed(ground, "#ffffff", 0.5)
    drawn = SHAPES[shape].format(
        a=first,
        b=second,
        d=mixed(first, "#101418", 0.22),
        l=mixed(first, "#ffffff", 0.35),
        e=mixed(second, "#101418", 0.22),
        bg=stage,
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">'
        f'<rect width="100" height="100" fill="{ground}"/>'
        f'<circle cx="50" cy="50" r="45" fill="{stage}"/>'
        f'<ellipse cx="50" cy="86" rx="26" ry="3" fill="{mixed(ground, "#101418", 0.14)}"/>'
        f'<g transform="translate(50 50) scale(.8) translate(-50 -50)">{drawn}</g></svg>'
    )


def webp(drawing: str) -> bytes:
    png = svg_to_bytes(svg_string=drawing, width=SIZE, height=SIZE, skip_system_fonts=True)
    picture = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").save(picture, "WEBP", quality=76, method=6)
    return picture.getvalue()


def main(catalog: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file in sorted(catalog.glob("*.toml")):
        for product in tomllib.loads(file.read_text("utf-8")).get("products", []):
            sketch = product["picture"]
            (folder / f"{product['slug']}.webp").write_bytes(webp(svg(sketch["shape"], *sketch["colours"])))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
