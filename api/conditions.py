"""The headers by which a request states its terms: media types, versions, keys and positions."""

import re
from collections.abc import Collection, Mapping

from api.problems import Refused

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_VERSION = re.compile(r'"(0|[1-9][0-9]{0,17})(?:-[0-9a-f]{16})?"')
_TAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e]*")')
_EACH_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e]*"')
_TAGS = re.compile(rf"{_EACH_TAG.pattern}(?:[ \t]*,[ \t]*{_EACH_TAG.pattern})*")
_POSITION = re.compile(r"([a-z]{1,20})=(0|[1-9][0-9]{0,17})")
_QUALITY_ZERO = re.compile(r"q=0(\.0{0,3})?")


def accepts(accept: str, media_type: str) -> bool:
    """Whether a client that sends this Accept takes the media type, which may be `image/*` or `*/*` itself."""
    main, _, sub = media_type.partition(";")[0].partition("/")
    for each in accept.split(","):
        wanted, *parameters = (part.strip().lower() for part in each.split(";"))
        wanted_main, _, wanted_sub = wanted.partition("/")
        fits = main in ("*", wanted_main) and sub in ("*", wanted_sub) and wanted_sub != ""
        if (fits or wanted in ("*/*", f"{main}/*")) and not any(map(_QUALITY_ZERO.fullmatch, parameters)):
            return True
    return False


def version_of(if_match: str) -> int | None:
    """The version that If-Match names, alone or in front of a digest; None for `*`, any version. Raises Refused.

    Of several tags, weak ones and those that we never gave cannot be the present one. The rest must be one version.
    """
    if if_match == "*":
        return None
    if not _TAGS.fullmatch(if_match):
        raise Refused(400, "bad-if-match", 'If-Match is the ETag of what was read, like "7".')
    found = {int(version[1]) for tag in _EACH_TAG.findall(if_match) if (version := _VERSION.fullmatch(tag))}
    if len(found) > 1:
        raise Refused(400, "bad-if-match", "If-Match names one version here: the one that was decided on.")
    if not found:
        raise Refused(
            412, "stale-version", "This is not the tag of the present version. Read it again and decide anew."
        )
    return found.pop()


def idempotency_key(key: str) -> str:
    """Raises Refused unless it is 1 to 255 visible ASCII characters."""
    if not _KEY.fullmatch(key):
        raise Refused(400, "bad-idempotency-key", "An Idempotency-Key is 1 to 255 visible ASCII characters.")
    return key


def positions(header: str, logs: Collection[str]) -> dict[str, int]:
    """`ordering=4711, catalog=12` as a mapping; `logs` are those that there are. Raises Refused."""
    found: dict[str, int] = {}
    for each in header.split(","):
        position = _POSITION.fullmatch(each.strip())
        if position is None or position[1] in found or position[1] not in logs:
            raise Refused(
                400, "bad-position", "Storeline-After is what Storeline-Position said, like ordering=4711, catalog=12."
            )
        found[position[1]] = int(position[2])
    return found


def written(positions: Mapping[str, int]) -> str:
    """A mapping of positions as Storeline-Position says it."""
    return ", ".join(f"{context}={position}" for context, position in sorted(positions.items()))


def etag(version: int | str) -> str:
    return f'"{version}"'


def unchanged(if_none_match: str, tag: str) -> bool:
    """Whether a client that sends this If-None-Match has the answer with this tag already."""
    return if_none_match == "*" or tag in _TAG.findall(if_none_match)
