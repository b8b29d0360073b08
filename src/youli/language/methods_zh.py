"""Chinese for methods beside the ledger: of the whole shop, and of models asked again."""

from __future__ import annotations

__all__ = ["METHODS_ZH"]


#: What a channel counts, in "其中…来自…".
_DRIVERS = {
    "transition": "顾客接下来的选择",
    "basket": "同一订单中的搭配",
    "neighbours": "相同顾客的选择",
    "bridge": "通往同样商品的记录",
    "affinity": "某件商品的顾客一贯的选择",
    "attributes": "相同的属性",
    "text": "相近的介绍",
    "image": "相似的照片",
    "neural": "对以往商品学到的权重",
    "repurchase": "再次购买",
    "profile": "对顾客的了解",
    "trend": "近期的热门",
    "popularity": "受欢迎程度",
    "other": "排序的另一部分",
}


def _whole() -> dict[str, str]:
    """Answers that rest on the whole shop."""
    return {
        "global/shop": "统计了{n_shoppers}位顾客的列表",
        "global/product": "统计了{n_shoppers}位顾客中含有这件商品的列表",
        "global/few": "顾客太少，无法说明什么影响他们的列表",
        **{
            f"global/channel/{name}": f"其中{{confidence}}的作用来自{words}"
            for name, words in _DRIVERS.items()
        },
        "rules/none": "本店没有从您的历史记录通向这件商品的规则",
        "rules/together": (
            "其他顾客含有{source_title}的{n_source}单中，有{n_both}单（{confidence}）也含有这件商品"
        ),
        **{
            f"rules/went_on/{verb}": (
                f"{did}过{{source_title}}的另外{{n_source}}位顾客中，"
                f"有{{n_both}}位（{{confidence}}）后来{did}了这件商品"
            )
            for verb, did in (("bought", "买"), ("chose", "选"))
        },
        "surrogate/tree": (
            "一棵有{n_questions}个问题的树模仿了这件商品的分数：在它没有见过的历史记录上，"
            "它解释了{confidence}的差异"
        ),
        "surrogate/first": "它的第一个问题是您的历史记录中有没有{source_title}",
        "surrogate/flat": "无论从您的历史记录中去掉什么，这件商品的分数都不变",
        "surrogate/unfaithful": (
            "没有哪棵只有几个问题的树能很好地模仿这件商品的分数：最好的解释了{confidence}的差异"
        ),
    }


def _attributions() -> dict[str, str]:
    """What methods for models without a ledger say, after the model was asked again."""
    falls = "如果不计{source_title}，这件商品的分数就会下降"
    return {
        "attribution/lower/1": falls,
        "attribution/lower/2": f"{falls}；不计{{source_title_2}}也是如此",
        "attribution/lower/3": f"{falls}；不计{{source_title_2}}或者不计{{source_title_3}}也是如此",
        "attribution/held": "再次询问模型，{n_claims}条说法中有{n_held}条成立",
        "attribution/no_claim": "这种方法没有找到能提高这件商品分数的以往商品",
        "attribution/unseen": "您的历史记录都不计，所以其中没有支持这件商品的内容",
        "attribution/estimate": "这是一个估计",
        "activations/layers": "在{n_layers}层之后分别读出了分数；第{layer}层改变得最多",
        "activations/one": "在唯一的第{layer}层之后读出了分数",
    }


METHODS_ZH = {**_whole(), **_attributions()}
