"""Finding items: lists with filters and facets, and search by words, by meaning, or by both."""

from projections.catalog_search.facets import Facet, Facets, PriceBand, facets
from projections.catalog_search.filters import Filters
from projections.catalog_search.listing import Sort, list_items
from projections.catalog_search.ranking import Found, Mode, search
from projections.catalog_search.rows import CATALOG_SEARCH, READS, ItemCard, Searchable, place_in
