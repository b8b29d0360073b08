"""What accuracy does not show: what of the catalogue is shown, how evenly, how varied.

All take lists as rows of products, int32 [n_cases, k]; -1 fills lists that came short.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from youli.data.shop import Catalogue
from youli.types import BoolArray, FloatArray, IntArray

__all__ = [
    "attribute_rows",
    "beyond",
    "coverage",
    "diversity",
    "gini",
    "mean_popularity",
    "novelty",
    "popularity_lift",
    "serendipity",
]


def coverage(lists: IntArray, n_items: int) -> float:
    """Share of the catalogue that is in at least one list (Ge et al. 2010); 0 without lists."""
    shown = lists[lists >= 0]
    return len(np.unique(shown)) / n_items if n_items else 0.0


def novelty(lists: IntArray, n_shoppers: FloatArray, n_users: int) -> float:
    """Mean of −log2 p(i) over all places, p(i) = shoppers of i / all shoppers (Zhou et al. 2010).

    In bits. A product that nobody chose counts as if half a shopper had, so that it is novel and
    finite; NaN without lists.
    """
    shown = lists[lists >= 0]
    if len(shown) == 0:
        return float("nan")
    share = np.clip(n_shoppers[shown], 0.5, None) / max(n_users, 1)
    return float(-np.log2(share).mean())


def gini(lists: IntArray, n_items: int) -> float:
    """How unevenly products are shown: 0 for all alike, towards 1 for one alone.

    G = Σ_r (2r - n - 1) · c_r / (n · Σ c), c the counts of all n products in ascending order
    (Gini 1912, in the form of Fleder and Hosanagar 2009); NaN without lists.
    """
    counts = np.sort(np.bincount(lists[lists >= 0], minlength=n_items)).astype(np.float64)
    total = float(counts.sum())
    if total == 0.0:
        return float("nan")
    place = 2.0 * np.arange(1, n_items + 1) - n_items - 1.0
    return float(place @ counts / (n_items * total))


def attribute_rows(catalogue: Catalogue) -> sparse.csr_matrix:
    """What each product is like: idf-weighted labels of all attributes, of length 1.

    float64 CSR [n_items, n_labels]; a row is empty where a product has no label. The idf is
    log(n_items / products with the label), so a label that all carry says nothing.
    """
    if not catalogue.attributes:
        return sparse.csr_matrix((len(catalogue), 0))
    labels = sparse.hstack([one.matrix for one in catalogue.attributes], format="csr")
    n_with = np.maximum(np.asarray(labels.sum(axis=0)).ravel(), 1.0)
    weighted = labels @ sparse.diags(np.log(len(catalogue) / n_with))
    length = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    inverse = np.divide(1.0, length, out=np.zeros_like(length), where=length > 0.0)
    rows = (sparse.diags(inverse) @ weighted).tocsr()
    rows.eliminate_zeros()
    return rows


def diversity(lists: IntArray, rows: sparse.csr_matrix) -> FloatArray:
    """Intra-list diversity of each list: 1 − mean cosine over its pairs of products, [n_cases].

    ILD = 1 − 2/(n(n−1)) Σ_{i<j} cos(a_i, a_j), a_i the product's row of `attribute_rows`
    (Smyth and McClave 2001; Ziegler et al. 2005). Products without any label are in no pair; NaN
    where a list has no pair.
    """
    case, place = np.nonzero(lists >= 0)
    item_num = lists[case, place]
    known = np.diff(rows.indptr)[item_num] > 0
    case, item_num = case[known], item_num[known]
    ones = np.ones(len(case))
    member = sparse.csr_matrix((ones, (case, item_num)), shape=(len(lists), rows.shape[0]))
    total = member @ rows
    # |Σ a|² holds every pair twice and every product once with itself, which is 1.
    squared = np.asarray(total.multiply(total).sum(axis=1)).ravel()
    n = np.bincount(case, minlength=len(lists)).astype(np.float64)
    pairs = np.where(n > 1, n * (n - 1), np.nan)
    return np.asarray(1.0 - (squared - n) / pairs)


def serendipity(hit: BoolArray, expected: BoolArray) -> FloatArray:
    """Share of each list that was chosen and that popularity would not have listed, [n_cases].

    SER@k = |{i in the list: i ∈ T and i ∉ PM}| / k, PM the k most popular products that compete
    in the same case: the primitive model of Ge et al. 2010 (Murakami et al. 2008). Both arguments
    are bool [n_cases, k], false where a list came short. At most precision@k.
    """
    return np.asarray((hit & ~expected).mean(axis=1))


def mean_popularity(lists: IntArray, n_shoppers: FloatArray, n_users: int) -> float:
    """ARP: mean share of all shoppers who chose a listed product, over all places.

    ARP = mean over lists of mean_{i in the list} p(i) (Yin et al. 2012; Abdollahpouri et al.
    2019), here with p(i) as a share so that shops compare; lists that came short count by what
    they hold. NaN without lists.
    """
    shown = lists >= 0
    held = shown.sum(axis=1)
    if not held.any():
        return float("nan")
    share = np.where(shown, n_shoppers[np.where(shown, lists, 0)], 0.0) / max(n_users, 1)
    return float((share.sum(axis=1)[held > 0] / held[held > 0]).mean())


def popularity_lift(lists: IntArray, of_history: FloatArray, n_shoppers: FloatArray) -> float:
    """How much more popular than their own past the lists of shoppers are: (R − H) / H.

    R is the mean over shoppers of the mean popularity of their list, H that of their history's
    products (`of_history` float64 [n_cases], NaN where it is empty); only shoppers with both
    count (Abdollahpouri et al. 2020, one group). 0 keeps to the past's popularity, below 0 is
    less popular. NaN where nobody has both.
    """
    shown = lists >= 0
    held = shown.sum(axis=1)
    both = (held > 0) & ~np.isnan(of_history)
    past = float(of_history[both].mean()) if both.any() else 0.0
    if past == 0.0:
        return float("nan")
    total = np.where(shown, n_shoppers[np.where(shown, lists, 0)], 0.0).sum(axis=1)
    return float((total[both] / held[both]).mean()) / past - 1.0


def beyond(lists: IntArray, n_shoppers: FloatArray, n_users: int) -> dict[str, float]:
    """The three measures by their names in reports."""
    n_items, k = len(n_shoppers), lists.shape[1]
    return {
        f"coverage@{k}": coverage(lists, n_items),
        f"novelty@{k}": novelty(lists, n_shoppers, n_users),
        f"gini@{k}": gini(lists, n_items),
    }
