"""Which of the catalogue's events others learn of."""

from typing import assert_never

from msgspec import UNSET
from msgspec.structs import asdict

from application import contracts
from application.contracts import Contract
from domain.catalog import brand, category, claim, item, item_type, review, tree
from domain.kernel import Fact

CatalogEvent = (
    item.ItemEvent
    | brand.BrandEvent
    | item_type.ItemTypeEvent
    | category.CategoryEvent
    | tree.TreeEvent
    | claim.ClaimEvent
    | review.ReviewEvent
)

_TOLD = frozenset(contracts.ItemChanged.__struct_fields__)


def contracts_of(fact: Fact[CatalogEvent]) -> tuple[Contract, ...]:
    match fact.event:
        case item.ItemListed() as event:
            return (
                contracts.ItemListed(
                    fact.stream,
                    event.name,
                    event.slug,
                    event.sku,
                    event.price,
                    event.description,
                    event.brand_id,
                    event.type_id,
                    event.category_ids,
                    event.tags,
                ),
            )
        case item.ItemDescribed() as event:
            told = {name: value for name, value in asdict(event).items() if name in _TOLD and value is not UNSET}
            return (contracts.ItemChanged(fact.stream, **told),) if told else ()
        case item.ItemRepriced(old, new):
            return (contracts.ItemRepriced(fact.stream, old, new),)
        case item.ItemWithdrawn():
            return (contracts.ItemWithdrawn(fact.stream),)
        case item.ItemBroughtBack():
            return (contracts.ItemBroughtBack(fact.stream),)
        # What an item costs the shop and how it is shown are the catalogue's own,
        # and so are its brands, types, categories and claims.
        case item.ItemCostChanged() | item.ItemImagesArranged() | item.ItemFeatured() | item.ItemUnfeatured():
            return ()
        case brand.BrandAdded() | brand.BrandRenamed() | brand.BrandWithdrawn():
            return ()
        case item_type.TypeAdded() | item_type.TypeRenamed() | item_type.TypeWithdrawn():
            return ()
        case (
            category.CategoryAdded()
            | category.CategoryDescribed()
            | category.CategoryMoved()
            | category.CategoryWithdrawn()
        ):
            return ()
        # Reviews are words of people, shown by the catalogue alone.
        case review.PurchaseNoted() | review.ReviewWritten() | review.ReviewRevised() | review.ReviewVerified():
            return ()
        case review.ReviewApproved() | review.ReviewRejected() | review.ReviewWithdrawn():
            return ()
        case tree.CategoryPlaced() | tree.CategoryRemoved() | claim.NameClaimed() | claim.NameReleased():
            return ()
        case _:
            assert_never(fact.event)
