"""What the basket promises."""

from datetime import timedelta

import pytest
from hypothesis import given as drawn
from msgspec.structs import replace

from domain.basket import (
    BASKET,
    Basket,
    BasketCheckedOut,
    BasketCleared,
    BasketExpired,
    BasketFull,
    BasketMerged,
    BasketMergedAway,
    BasketStarted,
    InvalidQuantity,
    ItemAdded,
    ItemRemoved,
    Line,
    MergePolicy,
    Portion,
    QuantitySet,
    Rules,
    add,
    basket_id,
    check_out,
    clear,
    expire,
    merge,
    merge_away,
    remove,
    set_quantity,
)
from domain.kernel import Event
from domain.money import MOST, CurrencyMismatch, Money
from tests.given import given
from tests.money import usd
from tests.strategies.basket import BASKET_LIFE, NOW, OTHER, OWNER, SOURCE, TIGHT, product

RULES = Rules()
TENT, STOVE, ROPE = product(1), product(2), product(3)
tent = Line(TENT, "Storm Tent", "items/storm-tent.svg", usd("289.00"), 1)
stove = Line(STOVE, "Pocket Stove", None, usd("34.50"), 2)
rope = Line(ROPE, "Rope", None, usd("0.3333"), 100)
ORDER = product(77)

started = BasketStarted(OWNER, 1)
with_tent = [started, ItemAdded(tent, 1)]
with_both = [*with_tent, ItemAdded(stove, 2)]


def times(line: Line, quantity: int) -> Line:
    return replace(line, quantity=quantity)


def holding(*lines: Line, owner: str = OTHER) -> Basket:
    return Basket(owner=owner, fill=1, active=True, lines={line.product_id: line for line in lines})


# Putting in


@pytest.mark.proves("BAS-01", "BAS-02")
def test_an_owner_has_one_basket_for_ever() -> None:
    assert basket_id("buyer:alice") == basket_id("buyer:alice")
    assert len({basket_id(owner) for owner in ("buyer:alice", "anonymous:alice", "buyer:bob")}) == 3


@pytest.mark.proves("BAS-06")
def test_the_first_item_starts_the_basket() -> None:
    state = given(BASKET).when(add, OWNER, tent, RULES).then(started, ItemAdded(tent, 1))

    assert holding(tent, owner=OWNER) == state


@pytest.mark.proves("BAS-06")
def test_adding_the_same_product_adds_its_quantities_up() -> None:
    given(BASKET, with_both).when(add, OWNER, times(stove, 3), RULES).then(ItemAdded(times(stove, 5), 3))


def test_adding_shows_the_whole_line_at_the_price_of_now() -> None:
    dearer = replace(tent, unit_price=usd("299.00"))
    given(BASKET, with_tent).when(add, OWNER, dearer, RULES).then(ItemAdded(times(dearer, 2), 1))


@pytest.mark.proves("B13")
@pytest.mark.parametrize("quantity", [0, -1, 1000, 2**63])
def test_a_quantity_outside_1_to_999_is_refused(quantity: int) -> None:
    given(BASKET, with_tent).when(add, OWNER, times(stove, quantity), RULES).refused(
        InvalidQuantity, quantity=quantity, least=1, most=999
    )
    given(BASKET, with_tent).when(set_quantity, OWNER, times(tent, quantity), RULES).refused(InvalidQuantity)


@pytest.mark.proves("B14")
def test_quantities_that_add_up_to_more_than_999_are_refused() -> None:
    full = [started, ItemAdded(times(tent, 998), 998)]
    given(BASKET, full).when(add, OWNER, tent, RULES).then(ItemAdded(times(tent, 999), 1))
    given(BASKET, full).when(add, OWNER, times(tent, 2), RULES).refused(InvalidQuantity, quantity=1000)


@pytest.mark.proves("B14")
def test_a_line_that_comes_to_more_than_can_be_charged_is_refused_by_its_product() -> None:
    dear = replace(tent, unit_price=usd("400000000000.00"), quantity=2)
    refused = {"product_id": str(TENT), "quantity": 3, "least": 1, "most": 2}
    given(BASKET, []).when(set_quantity, OWNER, times(dear, 3), RULES).refused(InvalidQuantity, **refused)
    given(BASKET, [started, ItemAdded(dear, 2)]).when(add, OWNER, times(dear, 1), RULES).refused(
        InvalidQuantity, **refused
    )
    given(BASKET, [started, ItemAdded(dear, 2)]).when(
        merge, OWNER, holding(dear), SOURCE, 4, MergePolicy.SUM, RULES
    ).then(BasketMerged(SOURCE, 4, MergePolicy.SUM, (dear,), capped=(Portion(TENT, 2),)))


def test_taking_units_off_by_adding_a_negative_quantity_is_refused() -> None:
    given(BASKET, with_both).when(add, OWNER, times(stove, -1), RULES).refused(InvalidQuantity, quantity=-1)


@pytest.mark.proves("ORD-19")
def test_a_51st_line_is_refused_but_a_50th_may_grow() -> None:
    fifty = [started, *(ItemAdded(replace(tent, product_id=product(n)), 1) for n in range(100, 150))]
    given(BASKET, fifty).when(add, OWNER, tent, RULES).refused(BasketFull, most=50)
    given(BASKET, fifty).when(set_quantity, OWNER, tent, RULES).refused(BasketFull)
    grown = replace(tent, product_id=product(149), quantity=2)
    given(BASKET, fifty).when(add, OWNER, times(grown, 1), RULES).then(ItemAdded(grown, 1))


@pytest.mark.proves("B39")
def test_a_second_currency_is_refused() -> None:
    foreign = replace(stove, unit_price=Money.parse("30.00", "EUR"))
    given(BASKET, with_tent).when(add, OWNER, foreign, RULES).refused(CurrencyMismatch, expected="USD", given="EUR")
    given(BASKET, with_tent).when(set_quantity, OWNER, foreign, RULES).refused(CurrencyMismatch)
    source = holding(foreign)
    given(BASKET, with_tent).when(merge, OWNER, source, SOURCE, 2, MergePolicy.SUM, RULES).refused(CurrencyMismatch)


# Changing


@pytest.mark.proves("BAS-08")
def test_a_quantity_is_set_with_the_price_of_now() -> None:
    cheaper = replace(stove, unit_price=usd("31.00"), quantity=5)
    given(BASKET, with_both).when(set_quantity, OWNER, cheaper, RULES).then(QuantitySet(cheaper, 2))


def test_setting_what_is_set_decides_nothing() -> None:
    given(BASKET, with_both).when(set_quantity, OWNER, stove, RULES).then()


def test_setting_the_same_quantity_takes_a_changed_price_over() -> None:
    cheaper = replace(stove, unit_price=usd("31.00"))
    given(BASKET, with_both).when(set_quantity, OWNER, cheaper, RULES).then(QuantitySet(cheaper, 2))


def test_setting_a_product_that_is_not_there_puts_it_in() -> None:
    given(BASKET).when(set_quantity, OWNER, stove, RULES).then(started, ItemAdded(stove, 2))


@pytest.mark.proves("BAS-07")
def test_removing_twice_removes_once() -> None:
    given(BASKET, with_both).when(remove, TENT).then(ItemRemoved(TENT))
    given(BASKET, [*with_both, ItemRemoved(TENT)]).when(remove, TENT).then()


def test_clearing_takes_all_out_and_the_basket_goes_on() -> None:
    state = given(BASKET, with_both).when(clear).then(BasketCleared())

    assert state.active
    assert not state.lines
    given(BASKET, [*with_both, BasketCleared()]).when(clear).then()
    given(BASKET, [*with_both, BasketCleared()]).when(add, OWNER, tent, RULES).then(ItemAdded(tent, 1))


def test_the_subtotal_rounds_each_line_once_half_to_even() -> None:
    state = BASKET.fold(Basket(), [*with_both, ItemAdded(rope, 100)])

    assert usd("391.33") == state.subtotal
    assert Basket().subtotal is None


# Merging

MERGED = {
    MergePolicy.SUM: (tent, times(stove, 5), rope),
    MergePolicy.KEEP_USER: (tent, stove),
    MergePolicy.KEEP_ANONYMOUS: (times(stove, 3), rope),
}


@pytest.mark.parametrize("policy", MergePolicy)
def test_a_policy_chooses_between_two_filled_baskets(policy: MergePolicy) -> None:
    source = holding(times(stove, 3), rope)
    given(BASKET, with_both).when(merge, OWNER, source, SOURCE, 4, policy, RULES).then(
        BasketMerged(SOURCE, 4, policy, MERGED[policy])
    )


@pytest.mark.parametrize("policy", MergePolicy)
def test_where_only_one_basket_holds_something_every_policy_keeps_it(policy: MergePolicy) -> None:
    given(BASKET).when(merge, OWNER, holding(rope), SOURCE, 2, policy, RULES).then(
        started, BasketMerged(SOURCE, 2, policy, (rope,))
    )
    given(BASKET, with_both).when(merge, OWNER, holding(), SOURCE, 2, policy, RULES).then()


def test_merging_the_same_version_twice_merges_once() -> None:
    done = [*with_tent, BasketMerged(SOURCE, 4, MergePolicy.SUM, (tent, rope))]
    given(BASKET, done).when(merge, OWNER, holding(rope), SOURCE, 4, MergePolicy.SUM, RULES).then()
    given(BASKET, done).when(merge, OWNER, holding(rope), SOURCE, 9, MergePolicy.SUM, RULES).then(
        BasketMerged(SOURCE, 9, MergePolicy.SUM, (tent, times(rope, 200)))
    )


def test_a_basket_is_not_merged_into_itself() -> None:
    itself = holding(tent, owner=OWNER)
    given(BASKET, with_tent).when(merge, OWNER, itself, basket_id(OWNER), 2, MergePolicy.SUM, RULES).then()


def test_merging_caps_what_does_not_fit_and_says_so() -> None:
    history = [started, ItemAdded(times(tent, 8), 8), ItemAdded(stove, 2)]
    source = holding(times(tent, 3), rope, replace(rope, product_id=product(4)), replace(rope, product_id=product(5)))
    state = (
        given(BASKET, history)
        .when(merge, OWNER, source, SOURCE, 4, MergePolicy.SUM, replace(TIGHT, most_quantity=9))
        .then(
            BasketMerged(
                SOURCE,
                4,
                MergePolicy.SUM,
                (times(tent, 9), stove, times(rope, 9), replace(rope, product_id=product(4), quantity=9)),
                capped=(Portion(TENT, 2), Portion(ROPE, 91), Portion(product(4), 91)),
                left_out=(Portion(product(5), 100),),
            )
        )
    )

    assert len(state.lines) == TIGHT.most_lines


def test_the_merged_basket_is_empty_and_may_be_filled_again() -> None:
    away = [*with_both, BasketMergedAway(SOURCE)]
    given(BASKET, with_both).when(merge_away, SOURCE).then(BasketMergedAway(SOURCE))
    given(BASKET, away).when(merge_away, SOURCE).then()
    given(BASKET, away).when(add, OWNER, tent, RULES).then(BasketStarted(OWNER, 2), ItemAdded(tent, 1))


# Ending


@pytest.mark.proves("BAS-03", "BAS-09")
def test_a_basket_expires_30_days_after_its_last_change_and_not_before() -> None:
    due = NOW - timedelta(days=30)
    given(BASKET, with_tent).when(expire, due, NOW, RULES).then(BasketExpired())
    given(BASKET, with_tent).when(expire, due + timedelta(microseconds=1), NOW, RULES).then()


def test_a_basket_that_is_over_expires_no_more() -> None:
    long_ago = NOW - timedelta(days=400)
    for end in (BasketExpired(), BasketMergedAway(SOURCE), BasketCheckedOut(ORDER, 2, (Portion(TENT, 1),))):
        given(BASKET, [*with_tent, end]).when(expire, long_ago, NOW, RULES).then()
    given(BASKET).when(expire, long_ago, NOW, RULES).then()


ordered = (Portion(TENT, 1), Portion(STOVE, 2))


@pytest.mark.proves("BAS-11")
def test_a_checked_out_basket_is_empty_and_knows_its_order() -> None:
    state = given(BASKET, with_both).when(check_out, 3, ORDER, ordered).then(BasketCheckedOut(ORDER, 3, ordered))

    assert not state.active
    assert not state.lines
    assert state.last_order == ORDER


def test_checking_out_twice_checks_out_once() -> None:
    done = [*with_both, BasketCheckedOut(ORDER, 3, ordered)]
    given(BASKET, done).when(check_out, 3, ORDER, ordered).then()


def test_an_order_recorded_late_leaves_what_was_added_since() -> None:
    since = [*with_both, ItemAdded(times(stove, 5), 3), ItemAdded(rope, 100), ItemRemoved(TENT)]
    state = (
        given(BASKET, since)
        .when(check_out, 3, ORDER, ordered)
        .then(BasketCheckedOut(ORDER, 3, ordered, rest=(times(stove, 3), rope)))
    )

    assert state.active
    assert {STOVE: times(stove, 3), ROPE: rope} == state.lines


def test_an_order_recorded_late_does_not_touch_the_next_filling_of_a_basket_that_recorded_it() -> None:
    next_filling = [*with_both, BasketCheckedOut(ORDER, 3, ordered), BasketStarted(OWNER, 2), ItemAdded(tent, 1)]
    given(BASKET, next_filling).when(check_out, 3, ORDER, ordered).then()


# Laws


@drawn(BASKET_LIFE.histories(30))
def test_whatever_happens_a_basket_keeps_its_limits_and_one_currency(history: list[Event]) -> None:
    state = BASKET.fold(Basket(), history)

    assert len(state.lines) <= TIGHT.most_lines
    assert all(1 <= line.quantity <= TIGHT.most_quantity for line in state.lines.values())
    assert all((line.unit_price * line.quantity).amount <= MOST for line in state.lines.values())
    assert len({line.unit_price.currency for line in state.lines.values()}) <= 1
    assert state.active or not state.lines
