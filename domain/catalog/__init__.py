"""The catalogue: what the shop sells and how it is shelved."""

from domain.catalog.brand import BRAND
from domain.catalog.category import CATEGORY
from domain.catalog.claim import CLAIM
from domain.catalog.item import ITEM
from domain.catalog.item_type import ITEM_TYPE
from domain.catalog.review import REVIEW
from domain.catalog.tree import TREE
from domain.kernel import Context

CONTEXT = Context("catalog", (ITEM, BRAND, ITEM_TYPE, CATEGORY, TREE, CLAIM, REVIEW))
