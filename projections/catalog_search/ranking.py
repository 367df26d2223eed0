"""Search: by words, by meaning, or by both, whose two rankings are merged by reciprocal rank fusion.

Words are looked for in an item's name, tags and description, and in the names of its brand and type. An item with all
the words comes before one with some; of a word that very many items have, only so many are ranked. A filter never
starves the search by meaning: the index is scanned on until enough items pass it, and where only few items pass it at
all, those are compared one by one.
"""

from enum import StrEnum
from math import inf

from psycopg import AsyncConnection, sql

from application.embedding import Vector
from projections.catalog_search.filters import Filters
from projections.catalog_search.rows import CARD, READS, ItemCard
from projections.kernel import Seen
from projections.reading import ask

DEPTH = 100
"""How far down each ranking the other may lift an item."""
FUSION = 10
"""The constant of reciprocal rank fusion: the smaller, the more the first places count."""
WORDS_WEIGHT = 1.0
MEANING_WEIGHT = 1.0
ALL_WORDS = 1.0
"""Added to the rank of an item that has all words: no item with only some of them comes before it."""
CANDIDATES = 2000
"""So many items of each kind are ranked by words: those with all words in name or tags, with all, with some."""
FEW = 20_000
"""So many items or fewer under a filter are compared one by one, which takes a microsecond each. The index is no match
for that: where a filter leaves one in ten, it finds hardly more than half of the nearest that pass."""
EF_SEARCH = 300
"""Candidates that the index keeps while it searches: more find better and take longer. Of the ten nearest among 100,000
products whose texts are made of the same sentences, 120 find 90% and 300 find 97%."""
FARTHEST = 0.66
"""Where by both no item has any of the words, and none is nearer, nothing is found: something always is the nearest.
Of the judged queries the hardest has its nearest at 0.65; of letters typed at random most have theirs behind this."""
MOST_SCANNED = 100_000
"""So many items the index looks at before it gives up finding more that pass a filter."""


class Mode(StrEnum):
    HYBRID = "hybrid"
    TEXT = "text"
    SEMANTIC = "semantic"


class Found(ItemCard, frozen=True, kw_only=True):
    score: float
    words_place: int | None
    """Place in the ranking by words, from 1; None where it has none."""
    meaning_place: int | None


_TIERS = sql.SQL(
    " in_names AS MATERIALIZED (SELECT i.item_id FROM {items} AND i.words @@ (SELECT in_names FROM asked)"
    " LIMIT %(candidates)s),"
    " anywhere AS MATERIALIZED (SELECT i.item_id FROM {items} AND i.words @@ (SELECT all_words FROM asked)"
    " AND (SELECT count(*) FROM in_names) < %(depth)s LIMIT %(candidates)s),"
    " shelved AS MATERIALIZED (SELECT i.item_id FROM {items} AND {shelf} AND i.words @@ (SELECT any_word FROM asked)"
    " LIMIT %(candidates)s),"
    " on_shelf AS MATERIALIZED (SELECT i.item_id FROM {items} AND {shelf} LIMIT %(depth)s),"
    " with_some AS MATERIALIZED (SELECT i.item_id FROM {items} AND i.words @@ (SELECT any_word FROM asked)"
    " AND greatest((SELECT count(*) FROM in_names), (SELECT count(*) FROM anywhere)) < %(depth)s LIMIT %(candidates)s),"
)

_SHELF = sql.SQL(
    "(i.brand_id = ANY(ARRAY(SELECT brand_id FROM read.brands WHERE words @@ (SELECT any_word FROM asked)))"
    " OR i.type_id = ANY(ARRAY(SELECT type_id FROM read.types WHERE words @@ (SELECT any_word FROM asked))))"
)

_WORDS = sql.SQL(
    "SELECT item_id, row_number() OVER (ORDER BY rank DESC, item_id) AS place FROM (SELECT i.item_id,"
    " ts_rank(d.document, asked.any_word)"
    " + CASE WHEN d.document @@ asked.all_words THEN %(all_words)s ELSE 0 END AS rank"
    " FROM asked, (SELECT * FROM in_names UNION SELECT * FROM anywhere UNION SELECT * FROM shelved"
    " UNION SELECT * FROM on_shelf UNION SELECT * FROM with_some) AS candidate"
    " JOIN read.catalog_search AS i USING (item_id)"
    " LEFT JOIN read.brands AS b USING (brand_id) LEFT JOIN read.types AS t USING (type_id), LATERAL (SELECT"
    " i.words || coalesce(setweight(b.words, 'A'), '') || coalesce(setweight(t.words, 'B'), '')) AS d (document)"
    " ORDER BY rank DESC, item_id LIMIT %(depth)s) AS ranked"
)

_BY_INDEX = sql.SQL(
    "SELECT i.item_id, i.embedding <=> %(vector)s::vector AS distance FROM read.catalog_search AS i"
    " WHERE {filters} AND i.embedding_model = %(model)s ORDER BY i.embedding <=> %(vector)s::vector LIMIT %(nearest)s"
)

_ONE_BY_ONE = sql.SQL(
    "SELECT item_id, distance FROM (SELECT i.item_id, i.embedding <=> %(vector)s::vector AS distance"
    " FROM read.catalog_search AS i WHERE {filters} AND i.embedding_model = %(model)s OFFSET 0) AS compared"
    " WHERE distance IS NOT NULL ORDER BY distance, item_id LIMIT %(depth)s"
)

_MEANING = sql.SQL(
    "SELECT item_id, place FROM (SELECT item_id, row_number() OVER (ORDER BY distance, item_id) AS place,"
    " min(distance) OVER () AS closest FROM ({}) AS nearest) AS placed"
    " WHERE (SELECT numnode(all_words) FROM asked) > 0"
    " AND (closest < %(farthest)s OR EXISTS (SELECT FROM by_words))"
)

_NONE = sql.SQL("SELECT NULL::uuid AS item_id, NULL::bigint AS place WHERE false")

_FUSED = sql.SQL(
    "WITH asked AS (SELECT plainto_tsquery('english', %(text)s) AS all_words,"
    " replace(plainto_tsquery('english', %(text)s)::text, '&', '|')::tsquery AS any_word,"
    " regexp_replace(plainto_tsquery('english', %(text)s)::text, '''( & |$)', ''':AB\\1', 'g')::tsquery AS in_names),"
    "{tiers} by_words AS ({words}), by_meaning AS ({meaning}),"
    " fused AS (SELECT item_id, by_words.place AS words_place, by_meaning.place AS meaning_place,"
    " coalesce(%(words_weight)s / (%(fusion)s + by_words.place), 0)"
    " + coalesce(%(meaning_weight)s / (%(fusion)s + by_meaning.place), 0) AS score"
    " FROM by_words FULL JOIN by_meaning USING (item_id) ORDER BY score DESC, item_id LIMIT %(limit)s)"
    " SELECT {card}, fused.score, fused.words_place, fused.meaning_place"
    " FROM fused JOIN read.catalog_search AS i USING (item_id) ORDER BY fused.score DESC, i.item_id"
)


async def search(
    connection: AsyncConnection,
    text: str,
    *,
    vector: Vector | None,
    model: str | None,
    filters: Filters = Filters(),  # noqa: B008  # frozen
    mode: Mode = Mode.HYBRID,
    limit: int = 20,
) -> Seen[list[Found]]:
    """The best first, at most `limit`; by both, an item beyond the first DEPTH of a ranking counts as not in it.

    `vector` is the text's, made by `model`. Without it, because the embedder is away or finds no meaning in the text,
    a hybrid search goes by words alone and a semantic one finds nothing: whoever asks says so in the answer. A text of
    words that say nothing (the, of) finds nothing.
    """
    by_words = mode is not Mode.SEMANTIC
    by_meaning = mode is not Mode.TEXT and vector is not None and model is not None
    async with connection.transaction():
        meaning: sql.Composable = _NONE
        if by_meaning:
            nearest = _BY_INDEX if await _many(connection, filters) else _ONE_BY_ONE
            meaning = _MEANING.format(nearest.format(filters=filters.condition()))
        items = sql.SQL("read.catalog_search AS i WHERE {}").format(filters.condition())
        query = _FUSED.format(
            tiers=_TIERS.format(items=items, shelf=_SHELF) if by_words else sql.SQL(""),
            words=_WORDS if by_words else _NONE,
            meaning=meaning,
            card=CARD,
        )
        parameters = {
            **filters.parameters,
            "text": text,
            "vector": None if vector is None else str(vector.tolist()),
            "model": model,
            "depth": limit if mode is not Mode.HYBRID else max(DEPTH, limit),
            "nearest": max(DEPTH, limit),
            "candidates": CANDIDATES,
            "limit": limit,
            "fusion": FUSION,
            "words_weight": WORDS_WEIGHT,
            "meaning_weight": MEANING_WEIGHT,
            "all_words": ALL_WORDS,
            "farthest": FARTHEST if mode is Mode.HYBRID else inf,
        }
        return await ask(connection, Found, query, parameters, *READS)


async def _many(connection: AsyncConnection, filters: Filters) -> bool:
    """Whether so many items pass that the index is faster. Has the index go on until it has found enough of them."""
    await connection.execute(
        "SELECT set_config('hnsw.iterative_scan', 'relaxed_order', true), set_config('hnsw.ef_search', %s, true),"
        " set_config('hnsw.max_scan_tuples', %s, true), set_config('hnsw.scan_mem_multiplier', '4', true)",
        (str(EF_SEARCH), str(MOST_SCANNED)),
    )
    if not filters.any:
        return True
    query = sql.SQL(
        "SELECT count(*) FROM (SELECT FROM read.catalog_search AS i WHERE {} LIMIT %(few)s + 1) AS passing"
    ).format(filters.condition())
    cursor = await connection.execute(query, {**filters.parameters, "few": FEW})
    (count,) = await cursor.fetchone() or (0,)
    return bool(count > FEW)
