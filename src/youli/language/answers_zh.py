"""Chinese for answers: one sentence a form, in the order in which a method says them."""

from __future__ import annotations

__all__ = ["ANSWERS_ZH"]

_TOP = "您的前{k}名"
_TOP_NEW = "您的新品前{k}名"

_HAD = {
    "purchase": "买过{source_title}",
    "add_to_cart": "把{source_title}加入过购物车",
    "add_to_wishlist": "收藏过{source_title}",
    "rate": "评价过{source_title}",
    "view_item": "看过{source_title}",
    "select_item": "点开过{source_title}",
    "search": "搜到过{source_title}",
}
_TITLES = {
    1: "{source_title}",
    2: "{source_title}和{source_title_2}",
    3: "{source_title}、{source_title_2}和{source_title_3}",
    4: "{source_title}、{source_title_2}和另外{n_more}件商品",
}
_LABELS = {
    1: "{attribute}（{value}）",
    2: "{attribute}（{value}）和{attribute_2}（{value_2}）",
    3: "{attribute}（{value}）、{attribute_2}（{value_2}）和{attribute_3}（{value_3}）",
    4: "{attribute}（{value}）、{attribute_2}（{value_2}）和另外{n_more}项",
}
_LESS = "；去掉更少则不足以改变"


def _counterfactuals() -> dict[str, str]:
    stays = f"这件商品仍会在{_TOP}之内"
    gone = f"这件商品就不会在{_TOP}之内"
    forms = {
        "counterfactual/none/events": f"即使不计您的任何一条记录，{stays}",
        "counterfactual/none/interests": f"即使不计所有类别或品牌已知的记录，{stays}",
        "counterfactual/none/attributes": f"即使不计任何属性，{stays}",
    }
    for n in _TITLES:
        for by, start in (
            ("events", f"如果不计与{_TITLES[n]}有关的{{n_events}}条记录"),
            ("interests", f"如果不计您与{_LABELS[n]}有关的全部记录"),
            ("attributes", f"如果不计{_LABELS[n]}"),
        ):
            forms[f"counterfactual/{by}/{n}"] = f"{start}，{gone}"
            forms[f"counterfactual/{by}/{n}/minimal"] = f"{start}，{gone}{_LESS}"
    return forms


def _why_not() -> dict[str, str]:
    forms = {
        "why_not/listed": f"这件商品在{_TOP}之内，排在第{{rank}}位",
        "why_not/out_of_stock": "这件商品缺货，所以没有列出",
        "why_not/bought": "您以前买过这件商品，而这份列表不列出买过的商品",
        "why_not/declined": "您说过不需要这件商品，所以没有列出",
        "why_not/hidden": "商家已将这件商品从列表中撤下",
        "why_not/asked_for": "这件商品不符合列表的筛选条件，所以没有列出",
        "why_not/pinned_below": "商家把这件商品放在了这份列表之后的位置",
        "why_not/pins": f"按分数这件商品排在第{{place}}位，但商家放入{_TOP}的商品占了它的位置",
        "why_not/below": (
            f"按分数这件商品排在第{{place}}位：{_TOP}中的最后一件{_TITLES[1]}分数更高"
        ),
        "why_not/diversity": (
            f"按分数这件商品排在第{{place}}位，但{_TOP}中已有{{n_before}}件同类商品"
        ),
        "why_not/no_change": f"没有找到能让它进入{_TOP}的小改动",
    }
    for event in ("view_item", "purchase"):
        forms[f"why_not/add/{event}"] = (
            f"如果您还{_HAD[event]}，这件商品就会进入{_TOP}，排在第{{rank_after}}位"
        )
    for n in (1, 2, 3):
        start = f"如果不计{_TITLES[n]}，这件商品就会进入{_TOP}，排在第{{rank_after}}位"
        forms[f"why_not/ignore/{n}"] = start
        forms[f"why_not/ignore/{n}/minimal"] = f"{start}{_LESS}"
    return forms


def _contrast() -> dict[str, str]:
    pair = "{source_title}排在{source_title_2}之前"
    return {
        "contrast/score": f"{pair}，因为它的分数更高",
        "contrast/diversity": f"{pair}是为了让列表多样：它的分数并不更高",
        "contrast/pin": f"{pair}是商家安排的：它的分数并不更高",
        "contrast/filter": f"{pair}，因为另一件被过滤而没有列出",
        "contrast/tie": f"{pair}，尽管两者分数相同：同分时按目录的顺序",
        "contrast/whole": "您历史记录中没有哪三件商品决定这一点：去掉它们顺序也不变",
        **{f"contrast/deciding/{n}": f"如果不计{_TITLES[n]}，顺序就会相反" for n in (1, 2, 3)},
    }


def _what_if() -> dict[str, str]:
    forms = {}
    starts = {
        **{f"add/{event}": f"如果您还{had}" for event, had in _HAD.items()},
        "remove": f"如果不计{_TITLES[1]}",
        "price": "如果售价是{price_minor}",
    }
    for kind, start in starts.items():
        forms[f"what_if/{kind}/moved"] = (
            f"{start}，这件商品按分数会排在第{{place_after}}位，而不是第{{place_before}}位"
        )
        forms[f"what_if/{kind}/same"] = f"{start}，这件商品按分数仍会排在第{{place_after}}位"
        forms[f"what_if/{kind}/in"] = f"{start}，这件商品就可以列出，按分数排在第{{place_after}}位"
        forms[f"what_if/{kind}/out"] = f"{start}，这件商品就会被过滤而不再列出"
    return forms


def _pipeline() -> dict[str, str]:
    scored = "共为{n_all}件商品打分"
    stock = "缺货的{n_out}件"
    bought = "您以前买过的{n_bought}件"
    return {
        "pipeline/counts/none": f"{scored}，没有过滤掉任何一件",
        "pipeline/counts/stock": f"{scored}，过滤掉{stock}",
        "pipeline/counts/bought": f"{scored}，过滤掉{bought}",
        "pipeline/counts/both": f"{scored}，过滤掉{stock}和{bought}",
        "pipeline/unseen": "您在本店还没有任何记录，所以没有历史可计",
        "pipeline/ignored": "您的记录全部不计，所以列表不依据任何历史",
        "pipeline/below": f"按分数这件商品排在第{{place}}位，不在{_TOP}之内",
        "pipeline/spread_out": (f"按分数这件商品排在第{{place}}位；为了让{_TOP}多样，它没有列出"),
        "pipeline/by_score": "仅凭分数这件商品就排在第{rank}位",
        "pipeline/moved": ("按分数这件商品排在第{place}位；为了让列表多样，它排在第{rank}位"),
        "pipeline/declined": "另有{n_declined}件您说过不需要，未列出",
        "pipeline/hidden": "另有{n_hidden}件已被商家撤下",
        "pipeline/asked_for": "另有{n_asked_for}件不符合筛选条件",
        "pipeline/pinned": "按分数这件商品排在第{place}位；商家把它放在了第{rank}位",
        "pipeline/pinned_out": (
            f"按分数这件商品排在第{{place}}位；商家放入{_TOP}的商品占了它的位置"
        ),
        "pipeline/moved_by_pins": (
            "按分数这件商品排在第{place}位；因为商家放入的商品，它排在第{rank}位"
        ),
        "pipeline/moved_by_both": (
            "按分数这件商品排在第{place}位；为了让列表多样，也因为商家放入的商品，它排在第{rank}位"
        ),
        "pipeline/promoted": "商家正在推广这件商品",
        "pipeline/buried": "商家调低了这件商品的分数",
    }


def _both_lists(forms: dict[str, str]) -> dict[str, str]:
    """Every form that names the list, once more for the list of new products."""
    new = {f"{key}/new": form.replace(_TOP, _TOP_NEW) for key, form in forms.items()}
    return {**forms, **{key: form for key, form in new.items() if "{k}" in form}}


#: The forms of reasons that name the list: those of counterfactuals.
_NAMING_THE_LIST = {
    "counterfactual/none": f"即使不计您的全部历史记录，这件商品仍会在{_TOP}之内",
    "counterfactual/absent": f"这件商品不在{_TOP}之内",
    **{
        f"counterfactual/{n}{end}": f"如果不计{titles}，这件商品就不会在{_TOP}之内{words}"
        for n, titles in _TITLES.items()
        for end, words in (("", ""), ("/minimal", _LESS))
    },
}

ANSWERS_ZH = _both_lists(
    {
        "withheld": "有一个答案，但它没有通过检查，所以不显示",
        "ledger/alone": "您的历史记录中没有支持这件商品的内容",
        "ledger/history": "您有{n_events}条记录支持这件商品，其中与{source_title}有关的作用最大",
        **_NAMING_THE_LIST,
        **_counterfactuals(),
        **_why_not(),
        **_contrast(),
        **_what_if(),
        **_pipeline(),
    }
)
