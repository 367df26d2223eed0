"""What can be done with the catalogue. Each command is the JSON body of its request; what it is about stands beside it.

await describe_item(DescribeItem(name="Alpine Parka II"), call, item_id, store=store)
"""

from application.catalog.bulk import IdMissing, ItemsListed, ListItems, list_items
from application.catalog.items import (
    ArrangeImages,
    BringBackItem,
    DescribeItem,
    FeatureItem,
    ImageOf,
    ItemRef,
    ListItem,
    RepriceItem,
    WithdrawItem,
    arrange_images,
    bring_back_item,
    describe_item,
    feature_item,
    list_item,
    reprice_item,
    withdraw_item,
)
from application.catalog.reviews import (
    ApproveReview,
    RejectReview,
    ReviewRef,
    ReviseReview,
    WithdrawReview,
    WriteReview,
    approve_review,
    reject_review,
    review_of,
    revise_review,
    withdraw_review,
    write_review,
)
from application.catalog.taxonomy import (
    AddBrand,
    AddCategory,
    AddType,
    DescribeCategory,
    MoveCategory,
    RenameBrand,
    RenameType,
    TaxonRef,
    WithdrawBrand,
    WithdrawCategory,
    WithdrawType,
    add_brand,
    add_category,
    add_type,
    describe_category,
    move_category,
    rename_brand,
    rename_type,
    withdraw_brand,
    withdraw_category,
    withdraw_type,
)
