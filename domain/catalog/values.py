"""What the catalogue accepts as a name, a slug, a SKU, a tag, a picture or metadata: checks that its streams share.

Refusals
├── InvalidSlug
├── InvalidSku
├── InvalidPicture    neither a URL nor the key of a kept picture
├── InvalidImages     the same picture twice, or two primary ones
├── InvalidMetadata   too large, too deep, or not JSON
└── TooMany           more tags, categories or images than an item may have
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar

import msgspec

from domain.kernel import Invalid, clean, folded

# Characters, except for how many tags, categories and images, and for metadata's bytes of JSON and levels. At most.
NAME = 120
DESCRIPTION = 4000
SLUG = 140
SKU = 40
TAG, TAGS = 40, 20
CATEGORIES = 20
IMAGES = 20
PICTURE, ALT = 500, 200
METADATA_BYTES, METADATA_DEPTH, METADATA_KEY = 8192, 5, 60

H = TypeVar("H")

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
_SKU = re.compile(r"[A-Za-z0-9]+([._-][A-Za-z0-9]+)*", re.ASCII)
_URL = re.compile(
    r"https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?(/[A-Za-z0-9._~:/?#\[\]@!$&()*+,;=%-]*)?", re.ASCII
)
_KEY = re.compile(r"[a-z0-9]+([._/-][a-z0-9]+)*", re.ASCII)
_SAFE_NUMBER = 2**53 - 1


class Status(StrEnum):
    """Where an entry of the catalogue stands. Nothing is ever deleted: what was withdrawn keeps its history."""

    ABSENT = "absent"
    ACTIVE = "active"
    WITHDRAWN = "withdrawn"


class Image(msgspec.Struct, frozen=True):
    """A picture of an item; its place among the others is its order."""

    picture: str
    """An http(s) URL, or the key of a picture that the shop keeps itself, like `items/alpine-parka.svg`."""
    alt: str = ""
    primary: bool = False


class InvalidSlug(Invalid):
    code = "invalid-slug"

    def __init__(self, slug: str) -> None:
        super().__init__(
            f"A slug is lower-case letters and digits joined by single hyphens, at most {SLUG}: like alpine-parka-2.",
            slug=slug[:SLUG],
        )


class InvalidSku(Invalid):
    code = "invalid-sku"

    def __init__(self, sku: str) -> None:
        super().__init__(
            f"A SKU is letters and digits joined by single dots, hyphens or underscores, at most {SKU}: like AP-100.M.",
            sku=sku[:SKU],
        )


class InvalidPicture(Invalid):
    code = "invalid-picture"

    def __init__(self, picture: str) -> None:
        super().__init__(
            f"A picture is an http or https URL or the key of a kept picture, at most {PICTURE} characters.",
            picture=picture[:PICTURE],
        )


class InvalidImages(Invalid):
    code = "invalid-images"


class InvalidMetadata(Invalid):
    code = "invalid-metadata"


class TooMany(Invalid):
    code = "too-many"

    def __init__(self, field: str, most: int) -> None:
        super().__init__(f"`{field}` holds more than {most}.", path=field, most=most)


def clean_name(value: str) -> str:
    return clean("name", value, most=NAME)


def clean_description(value: str) -> str:
    return clean("description", value, most=DESCRIPTION, least=0, lines=True)


def clean_slug(value: str) -> str:
    if len(value) > SLUG or not _SLUG.fullmatch(value):
        raise InvalidSlug(value)
    return value


def clean_sku(value: str) -> str:
    if len(value) > SKU or not _SKU.fullmatch(value):
        raise InvalidSku(value)
    return value


def clean_tags(values: Sequence[str]) -> tuple[str, ...]:
    """Tags in folded form, so that `Summer` and `summer` are one facet; each once, in the order given."""
    if len(values) > TAGS:
        raise TooMany("tags", TAGS)
    return distinct(clean("tags", folded(clean("tags", value, most=TAG)), most=TAG) for value in values)


def clean_picture(value: str) -> str:
    if len(value) > PICTURE or not (_URL.fullmatch(value) or _KEY.fullmatch(value)):
        raise InvalidPicture(value)
    return value


def clean_images(images: Sequence[Image]) -> tuple[Image, ...]:
    """The images in order, exactly one of them primary where there are any: the first, unless another is marked."""
    if len(images) > IMAGES:
        raise TooMany("images", IMAGES)
    cleaned = [
        Image(clean_picture(image.picture), clean("alt", image.alt, most=ALT, least=0), image.primary)
        for image in images
    ]
    if len({image.picture for image in cleaned}) < len(cleaned):
        raise InvalidImages("The same picture stands twice among the images.")
    marked = sum(image.primary for image in cleaned)
    if marked > 1:
        raise InvalidImages("Only one image can be the primary one.", primary=marked)
    if cleaned and not marked:
        cleaned[0] = msgspec.structs.replace(cleaned[0], primary=True)
    return tuple(cleaned)


def clean_metadata(value: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of a JSON object with cleaned keys and texts, bounded in depth and in size."""
    copy = _json(dict(value), depth=1)
    size = len(msgspec.json.encode(copy))
    if size > METADATA_BYTES:
        raise InvalidMetadata(f"Metadata is larger than {METADATA_BYTES} bytes as JSON.", bytes=size)
    return dict(copy)


def distinct(values: Iterable[H]) -> tuple[H, ...]:
    """Each value once, in the order of first appearance."""
    return tuple(dict.fromkeys(values))


def primary_picture(images: Iterable[Image]) -> str | None:
    """The picture that stands for all."""
    return next((image.picture for image in images if image.primary), None)


def slug_of(name: str) -> str:
    """A slug made from a name; empty where the name has no letter or digit that ASCII knows."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:SLUG].strip("-")


def _json(value: Any, depth: int) -> Any:
    if depth > METADATA_DEPTH and isinstance(value, dict | list):
        raise InvalidMetadata(f"Metadata is nested deeper than {METADATA_DEPTH} levels.")
    match value:
        case None | bool():
            return value
        case int() | float() if abs(value) <= _SAFE_NUMBER:  # not NaN either, which is smaller than nothing
            return value + 0  # which takes the sign off a zero: jsonb does not keep it
        case str():
            return clean("metadata", value, most=METADATA_BYTES, least=0, lines=True)
        case list():
            return [_json(item, depth + 1) for item in value]
        case dict():
            cleaned = {clean("metadata", key, most=METADATA_KEY): _json(item, depth + 1) for key, item in value.items()}
            if len(cleaned) < len(value):
                raise InvalidMetadata("Two keys of the metadata are the same once cleaned.")
            return cleaned
        case _:
            raise InvalidMetadata("Metadata holds JSON values only, and numbers up to 2^53: write larger ones as text.")
