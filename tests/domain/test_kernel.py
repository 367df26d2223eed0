"""Text that can be stored, seen and told apart; contexts whose registries hold."""

import unicodedata

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel import Aggregate, Context, Event, Invalid, InvalidText, clean, folded, members, set_fields, tag_of

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
SCOTLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"


def test_text_is_kept_composed_and_without_outer_white_space() -> None:
    assert "Café Ångström" == clean("name", "  Cafe\u0301 A\u030angstro\u0308m\n", most=40)


@pytest.mark.proves("B24")
@pytest.mark.parametrize("text", ["雪山", "Ελλάδα", "עברית", "क्षत्रिय", FAMILY, SCOTLAND, "❤️", "Z" + "\u0301" * 30])
def test_every_script_and_emoji_can_be_a_name(text: str) -> None:
    assert unicodedata.normalize("NFC", text) == clean("name", text, most=60)


@pytest.mark.proves("B19")
@pytest.mark.parametrize("text", ["", " ", "\t\n", "\u00a0\u2003", "\u200d", "\ufe0f \u200c"])
def test_text_without_anything_to_see_is_empty(text: str) -> None:
    with pytest.raises(InvalidText, match="is empty"):
        clean("name", text, most=10)


@pytest.mark.proves("B21", "B23", "B63")
@pytest.mark.parametrize(
    "char",
    [
        "\0",
        "\x1b",
        "\x7f",
        "\x85",
        "\u00ad",
        "\u061c",
        "\u200b",
        "\u202e",
        "\u2028",
        "\u2066",
        "\u2060",
        "\ufeff",
        "\uffff",
    ],
)
@pytest.mark.parametrize("lines", [False, True])
def test_characters_that_cannot_be_stored_or_seen_are_refused(char: str, lines: bool) -> None:
    with pytest.raises(InvalidText, match="control or invisible"):
        clean("name", f"a{char}b", most=10, lines=lines)


def test_only_text_of_several_lines_may_break_them() -> None:
    assert "a\r\n\tb" == clean("description", "a\r\n\tb", most=10, lines=True)
    with pytest.raises(InvalidText):
        clean("name", "a\nb", most=10)


@pytest.mark.proves("B22")
@pytest.mark.parametrize("text", ["\ud800", "ok \udfff", "\udc00\ud800"])
def test_half_a_character_is_refused(text: str) -> None:
    with pytest.raises(InvalidText, match="surrogate"):
        clean("name", text, most=10)


@pytest.mark.proves("B20")
@pytest.mark.parametrize("text", ["x" * 11, "é" * 11, "x" * 1_000_000, "\u0301" * 1_000_000])
def test_text_that_is_too_long_is_refused(text: str) -> None:
    with pytest.raises(InvalidText, match="longer than 10 characters"):
        clean("name", text, most=10)


def test_the_longest_and_the_shortest_text_are_accepted() -> None:
    assert "x" * 10 == clean("name", "x" * 10, most=10)
    assert "xy" == clean("name", "xy", most=10, least=2)
    assert "" == clean("name", " ", most=10, least=0)
    with pytest.raises(InvalidText, match="shorter than 2"):
        clean("name", "x", most=10, least=2)


@pytest.mark.proves("B24")
def test_piled_up_marks_are_refused_before_they_cost_time() -> None:
    with pytest.raises(InvalidText, match="combining marks"):
        clean("description", "Z" + "\u0301\u0316" * 1_000, most=4_000, lines=True)


def test_a_refused_text_is_named_by_its_field() -> None:
    with pytest.raises(InvalidText) as refused:
        clean("alt", "\0", most=10)

    assert {"path": "alt"} == refused.value.fields
    assert "invalid-text" == refused.value.code


@pytest.mark.proves("B22")
def test_a_refusal_can_always_be_written_down() -> None:
    assert {"given": "a?b", "most": 3} == Invalid("No.", given="a\ud800b", most=3).fields


@given(st.text(max_size=60))
def test_clean_text_is_clean(text: str) -> None:
    try:
        cleaned = clean("name", text, most=60)
    except InvalidText:
        return

    assert cleaned == clean("name", cleaned, most=60)
    assert cleaned == cleaned.encode().decode()


@pytest.mark.proves("B23", "B25")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme", "ACME"),
        ("Acme", "\uff21\uff43\uff4d\uff45"),
        ("Acme & Sons", "acme  &\u00a0sons"),
        ("Straße", "STRASSE"),
        ("ﬁeld", "FIELD"),
        ("Café", "CAFE\u0301"),
        ("Ac\u200dme", "acme"),
    ],
)
def test_names_that_read_alike_fold_alike(one: str, other: str) -> None:
    assert folded(one) == folded(other)


def test_names_that_read_differently_stay_apart() -> None:
    assert len({folded(name) for name in ("Resume", "Résumé", "Re sume", "Resumé")}) == 4


@pytest.mark.proves("B25")
@given(st.text(max_size=40))
def test_what_is_folded_stays_folded(text: str) -> None:
    assert folded(text) == folded(folded(text))


class Opened(Event, frozen=True, tag="shelter.Opened"):
    name: str
    beds: int | msgspec.UnsetType = msgspec.UNSET


class Closed(Event, frozen=True, tag="shelter.Closed"):
    pass


class Elsewhere(Event, frozen=True, tag="inn.Opened"):
    pass


class OpenedAgain(Event, frozen=True, tag="shelter.Opened"):
    pass


def shelter(*events: type[Event], name: str = "shelter.hut") -> Aggregate[int, Event]:
    return Aggregate(name, 0, lambda state, event: state + 1, events)


def test_a_context_knows_its_events_by_their_stored_names() -> None:
    context = Context("shelter", (shelter(Opened, Closed),))

    assert {"shelter.Opened": Opened, "shelter.Closed": Closed} == context.events
    assert "shelter.Opened" == tag_of(Opened) == tag_of(Opened("Hut"))


@pytest.mark.parametrize(
    "aggregates",
    [
        (shelter(Elsewhere),),
        (shelter(Opened, OpenedAgain),),
        (shelter(Opened), shelter(Opened, name="shelter.cabin")),
        (shelter(Opened, name="inn.hut"),),
    ],
)
def test_a_context_with_a_doubtful_registry_cannot_be_made(aggregates: tuple[Aggregate[int, Event], ...]) -> None:
    with pytest.raises(ValueError, match="used twice, or does not belong"):
        Context("shelter", aggregates)


def test_an_aggregate_folds_its_events_in_order() -> None:
    assert 2 == shelter(Opened, Closed).fold(0, [Opened("Hut"), Closed()])
    assert "shelter" == shelter().context


def test_members_are_the_classes_of_a_union_or_the_class_itself() -> None:
    assert (Opened, Closed) == members(Opened | Closed)
    assert (Opened,) == members(Opened)


def test_set_fields_are_those_that_were_given() -> None:
    assert {"name": "Hut"} == set_fields(Opened("Hut"))
    assert {"name": "Hut", "beds": 4} == set_fields(Opened("Hut", 4))
