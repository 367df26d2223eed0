"""What the interface needs of the shop. Whoever wires the parts fills it; nothing here knows where they come from."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from functools import partial
from types import ModuleType
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from api.tokens import Tokens
from application import basket, catalog, checkout, inventory, ordering, payment
from application.cache import Cache
from application.embedding import Embedder
from application.store import Call, EventStore, Saved
from projections.followers import FollowerStatus
from projections.freshness import Freshness

C = TypeVar("C")
R = TypeVar("R")
B = TypeVar("B")

Creates: TypeAlias = Callable[[C, Call], Awaitable[Saved[R]]]
"""A use case that begins something: `await list_item(ListItem(…), call)`."""
Changes: TypeAlias = Callable[[C, Call, UUID], Awaitable[Saved[R]]]
"""A use case on one thing: `await reprice_item(RepriceItem(…), call, item_id)`."""
ChangesPart: TypeAlias = Callable[[C, Call, UUID, UUID], Awaitable[Saved[R]]]
"""A use case on what belongs to one thing: `await approve_review(ApproveReview(), call, item_id, review_id)`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogCommands:
    list_item: Creates[catalog.ListItem, catalog.ItemRef]
    describe_item: Changes[catalog.DescribeItem, catalog.ItemRef]
    reprice_item: Changes[catalog.RepriceItem, catalog.ItemRef]
    arrange_images: Changes[catalog.ArrangeImages, catalog.ItemRef]
    feature_item: Changes[catalog.FeatureItem, catalog.ItemRef]
    withdraw_item: Changes[catalog.WithdrawItem, catalog.ItemRef]
    bring_back_item: Changes[catalog.BringBackItem, catalog.ItemRef]
    add_brand: Creates[catalog.AddBrand, catalog.TaxonRef]
    rename_brand: Changes[catalog.RenameBrand, catalog.TaxonRef]
    withdraw_brand: Changes[catalog.WithdrawBrand, catalog.TaxonRef]
    add_type: Creates[catalog.AddType, catalog.TaxonRef]
    rename_type: Changes[catalog.RenameType, catalog.TaxonRef]
    withdraw_type: Changes[catalog.WithdrawType, catalog.TaxonRef]
    add_category: Creates[catalog.AddCategory, catalog.TaxonRef]
    describe_category: Changes[catalog.DescribeCategory, catalog.TaxonRef]
    move_category: Changes[catalog.MoveCategory, catalog.TaxonRef]
    withdraw_category: Changes[catalog.WithdrawCategory, catalog.TaxonRef]
    write_review: Changes[catalog.WriteReview, catalog.ReviewRef]
    revise_review: ChangesPart[catalog.ReviseReview, catalog.ReviewRef]
    withdraw_review: ChangesPart[catalog.WithdrawReview, catalog.ReviewRef]
    approve_review: ChangesPart[catalog.ApproveReview, catalog.ReviewRef]
    reject_review: ChangesPart[catalog.RejectReview, catalog.ReviewRef]


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketCommands:
    """Each stands on the basket of an owner, `buyer:<subject>` or `anonymous:<token id>`."""

    add_item: Callable[[basket.AddItem, Call, str], Awaitable[Saved[basket.BasketSummary]]]
    set_quantity: Callable[[basket.SetQuantity, Call, str, UUID], Awaitable[Saved[basket.BasketSummary]]]
    remove_item: Callable[[basket.RemoveItem, Call, str, UUID], Awaitable[Saved[basket.BasketSummary]]]
    clear: Callable[[basket.ClearBasket, Call, str], Awaitable[Saved[basket.BasketSummary]]]
    merge: Callable[[basket.MergeBasket, Call, str, str], Awaitable[Saved[basket.Merged]]]
    check_out: Callable[[checkout.CheckOut, Call, str], Awaitable[Saved[ordering.OrderReceipt]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderingCommands:
    place_order: Creates[ordering.PlaceOrder, ordering.OrderReceipt]
    cancel_order: Changes[ordering.CancelOrder, ordering.OrderReceipt]
    ship_order: Changes[ordering.ShipOrder, ordering.OrderReceipt]
    deliver_order: Changes[ordering.DeliverOrder, ordering.OrderReceipt]
    add_note: Changes[ordering.AddNote, ordering.NoteReceipt]
    set_line: ChangesPart[ordering.SetLine, ordering.EditReceipt]
    change_address: Changes[ordering.ChangeAddress, ordering.EditReceipt]
    request_return: Creates[ordering.RequestReturn, ordering.ReturnReceipt]
    receive_return: Changes[ordering.ReceiveReturn, ordering.ReturnReceipt]
    reject_return: Changes[ordering.RejectReturn, ordering.ReturnReceipt]
    create_promotion: Creates[ordering.CreatePromotion, ordering.PromotionRef]
    amend_promotion: Changes[ordering.AmendPromotion, ordering.PromotionRef]
    end_promotion: Changes[ordering.EndPromotion, ordering.PromotionRef]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentCommands:
    """Those on payment methods stand on the caller's own wallet."""

    refund_payment: Changes[payment.RefundPayment, payment.RefundReceipt]
    open_dispute: Changes[payment.OpenDispute, payment.DisputeReceipt]
    submit_evidence: ChangesPart[payment.SubmitEvidence, payment.EvidenceReceipt]
    close_dispute: ChangesPart[payment.CloseDispute, payment.DisputeReceipt]
    store_method: Creates[payment.StoreMethod, payment.MethodReceipt]
    remove_method: Changes[payment.RemoveMethod, payment.MethodReceipt]
    choose_default_method: Changes[payment.ChooseDefaultMethod, payment.MethodReceipt]


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryCommands:
    receive_stock: Creates[inventory.ReceiveStock, inventory.StockReceipt]
    adjust_stock: Changes[inventory.AdjustStock, inventory.StockCount]
    remove_stock: Changes[inventory.RemoveStock, inventory.StockRemoved]
    set_thresholds: Changes[inventory.SetThresholds, inventory.StockCount]
    assign_supplier: Changes[inventory.AssignSupplier, inventory.StockCount]
    assign_category: Changes[inventory.AssignCategory, inventory.StockCount]
    add_supplier: Creates[inventory.AddSupplier, inventory.StockRef]
    describe_supplier: Changes[inventory.DescribeSupplier, inventory.StockRef]
    withdraw_supplier: Changes[inventory.WithdrawSupplier, inventory.StockRef]
    promise_delivery: Creates[inventory.PromiseDelivery, inventory.StockRef]
    receive_delivery: Changes[inventory.ReceiveDelivery, inventory.DeliveryTaken]
    call_off_delivery: Changes[inventory.CallOffDelivery, inventory.StockRef]
    add_category: Creates[inventory.AddStockCategory, inventory.StockRef]
    rename_category: Changes[inventory.RenameStockCategory, inventory.StockRef]
    withdraw_category: Changes[inventory.WithdrawStockCategory, inventory.StockRef]


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """The use cases by their own names, each with its needs bound."""

    catalog: CatalogCommands
    basket: BasketCommands
    ordering: OrderingCommands
    inventory: InventoryCommands
    payment: PaymentCommands

    @classmethod
    def bound(
        cls,
        *,
        catalog_needs: Mapping[str, Any],
        basket_needs: Mapping[str, Any],
        ordering_needs: Mapping[str, Any],
        inventory_needs: Mapping[str, Any],
        payment_needs: Mapping[str, Any],
    ) -> "Commands":
        """All use cases, each with those of its context's needs that its signature names: `{"store": store, …}`."""
        return cls(
            catalog=_bound(CatalogCommands, catalog_needs, catalog),
            basket=_bound(BasketCommands, basket_needs, basket, checkout),
            ordering=_bound(OrderingCommands, ordering_needs, ordering),
            inventory=_bound(InventoryCommands, inventory_needs, inventory),
            payment=_bound(PaymentCommands, payment_needs, payment),
        )


def _bound(kind: type[B], needs: Mapping[str, Any], *modules: ModuleType) -> B:
    def bind(name: str) -> Callable[..., Any]:
        use_case = next(getattr(module, name) for module in modules if hasattr(module, name))
        wanted = inspect.signature(use_case).parameters.keys() & needs.keys()
        return partial(use_case, **{need: needs[need] for need in wanted})

    return kind(**{each.name: bind(each.name) for each in fields(kind)})  # type: ignore[arg-type]  # they are dataclasses


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """Everything that the interface calls."""

    commands: Commands
    rehearsal: Commands
    """The same use cases on `DryRun(store)`: they say what they would record."""
    draft_order: Callable[[ordering.DraftOrder, Call], Awaitable[ordering.Drafted]]
    store: EventStore
    tokens: Tokens
    cache: Cache
    embedder: Embedder
    picture: Callable[[str], Awaitable[bytes | None]]
    """The content of a picture that the shop keeps itself, by its key."""
    followers: Callable[[], Awaitable[list[FollowerStatus]]]
    """How far each follower has come, measured against the store's own head."""
    reads: AsyncConnectionPool[AsyncConnection]
    """Connections to the read models."""
    freshness: Freshness
    read_after_wait: float
    """How many seconds a query waits for the positions that it was told to know."""
    checks: Mapping[str, Callable[[], Awaitable[None]]]
    """What readiness asks, by name: each really uses what it names, and raises where that fails."""
    origins: tuple[str, ...] = ()
    """Web pages of which origins may call from a browser; none by default."""
    reservation_lifetime: timedelta = timedelta(minutes=5)
    """So long is stock set aside before it is an order's for good."""
    cache_seconds: float = 600
    """How long an answer is kept."""
    docs: bool = False
    """Whether the OpenAPI document and its page are served."""
