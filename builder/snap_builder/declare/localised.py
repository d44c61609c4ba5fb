"""Words of texts by the locale of a row: the pool of words for each row, and its words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from snap_builder.declare.checked import require_known
from snap_builder.declare.maker import Rows
from snap_builder.engine.streams import Ints, below
from snap_builder.words.folding import FORMS
from snap_builder.words.lists import LISTS
from snap_builder.words.locales import Pool, names, shown

_USUAL = Pool(locale="en_US", country="United States")  # for words that no list without a locale has


@dataclass(frozen=True, slots=True)
class Pools:
    """The pools from which rows take words: row i has pool `pools[of[i]]`. None means the lists without a locale."""

    pools: tuple[Pool | None, ...]
    of: Ints

    def words(self, rows: Rows, name: str, form: str, stream: str) -> pa.StringArray:
        """Return a word for each row, drawn from `stream`. All forms of a word come from the same draw."""
        lists = [_listed(pool, name, form) for pool in self.pools]
        sizes = np.array([len(words) for words in lists])
        begins = np.cumsum(sizes) - sizes
        drawn = below(rows.seeds.bits(stream, rows.start, rows.stop), sizes[self.of])
        return pa.concat_arrays(lists).take(pa.array(begins[self.of] + drawn))


def pools_of(rows: Rows, locale: str, path: str | None) -> Pools:
    """Return the pools of rows: the pools of `locale`, or of the locale in the column at `path`.

    If a value names several pools, each row draws one of them. Errors: UsageError for a value that names no pool.
    """
    count = rows.stop - rows.start
    given = pa.repeat(locale, count) if path is None else rows.texts(path)
    each = given.dictionary_encode()
    values = each.dictionary.to_pylist()
    require_locales(values)
    known = [names()[value.lower()] for value in values] or [(_USUAL,)]
    codes = each.indices
    missing = np.asarray(codes.is_null())
    place = np.where(missing, 0, codes.fill_null(0).to_numpy(zero_copy_only=False))
    pools = tuple(dict.fromkeys(pool for several in known for pool in several))
    sizes = np.array([len(several) for several in known])
    flat = np.array([pools.index(pool) for several in known for pool in several])
    drawn = below(rows.seeds.bits("\0word\0locale", rows.start, rows.stop), sizes[place])
    chosen = flat[(np.cumsum(sizes) - sizes)[place] + drawn]
    return Pools(pools=(*pools, None), of=np.where(missing, len(pools), chosen))


def require_locales(values: Iterable[str]) -> None:
    """Raise UsageError for a text that names no locale. The hint names the most similar locale."""
    for value in values:
        if value.lower() not in names():
            require_known([value], shown(), "there are no names of the locale or country")


def _listed(pool: Pool | None, name: str, form: str) -> pa.StringArray:
    if pool is not None or name not in LISTS:
        return (pool or _USUAL).words(name, form)
    return FORMS[form](pa.array(LISTS[name], pa.string()))
