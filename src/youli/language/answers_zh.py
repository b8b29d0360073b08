"""Chinese for answers: one sentence a form, in the order in which a method says them."""

from __future__ import annotations

from youli.language.methods_zh import METHODS_ZH
from youli.language.vocabulary import DONE

__all__ = ["ANSWERS_ZH"]

_TOP = "<your>前{k}名"
_TOP_NEW = "<your>新品前{k}名"

_TITLES = {
    1: "{source_title}",
    2: "{source_title}和{source_title_2}",
    3: "{source_title}、{source_title_2}和{source_title_3}",
    4: "{source_title}、{source_title_2}和另外{n_more}<things.product>",
}
_LABELS = {
    1: "{attribute}（{value}）",
    2: "{attribute}（{value}）和{attribute_2}（{value_2}）",
    3: "{attribute}（{value}）、{attribute_2}（{value_2}）和{attribute_3}（{value_3}）",
    4: "{attribute}（{value}）、{attribute_2}（{value_2}）和另外{n_more}项",
}
_LESS = "；去掉更少则不足以改变"


def _counterfactuals() -> dict[str, str]:
    stays = f"<things.this>仍会在{_TOP}之内"
    gone = f"<things.this>就不会在{_TOP}之内"
    forms = {
        "counterfactual/none/events": f"即使不计<your>任何一条记录，{stays}",
        "counterfactual/none/interests": f"即使不计所有类别或品牌已知的记录，{stays}",
        "counterfactual/none/attributes": f"即使不计任何属性，{stays}",
    }
    for n in _TITLES:
        for by, start in (
            ("events", f"如果不计与{_TITLES[n]}有关的{{n_events}}条记录"),
            ("interests", f"如果不计<you>与{_LABELS[n]}有关的全部记录"),
            ("attributes", f"如果不计{_LABELS[n]}"),
        ):
            forms[f"counterfactual/{by}/{n}"] = f"{start}，{gone}"
            forms[f"counterfactual/{by}/{n}/minimal"] = f"{start}，{gone}{_LESS}"
    return forms


def _why_not() -> dict[str, str]:
    forms = {
        "why_not/listed": f"<things.this>在{_TOP}之内，排在第{{rank}}位",
        "why_not/out_of_stock": "<things.this>缺货，所以没有列出",
        "why_not/bought": (
            "<you>以前<verb.bought>过<things.this>，而这份列表不列出<verb.bought>过的<things.name>"
        ),
        "why_not/declined": "<you>说过不需要<things.this>，所以没有列出",
        "why_not/hidden": "<things.merchant>已将<things.this>从列表中撤下",
        "why_not/asked_for": "<things.this>不符合列表的筛选条件，所以没有列出",
        "why_not/pinned_below": "商家把<things.this>放在了这份列表之后的位置",
        "why_not/pins": f"按分数<things.this>排在第{{place}}位，但商家放入{_TOP}的商品占了它的位置",
        "why_not/below": (
            f"按分数<things.this>排在第{{place}}位：{_TOP}中的最后一<things.n>{_TITLES[1]}分数更高"
        ),
        "why_not/diversity": (
            f"按分数<things.this>排在第{{place}}位，但{_TOP}中已有{{n_before}}<things.n>同类<things.name>"
        ),
        "why_not/no_change": f"没有找到能让它进入{_TOP}的小改动",
    }
    for event in ("view_item", "purchase"):
        forms[f"why_not/add/{event}"] = (
            f"如果<you>还<did.{event}>，<things.this>就会进入{_TOP}，排在第{{rank_after}}位"
        )
    for n in (1, 2, 3):
        start = f"如果不计{_TITLES[n]}，<things.this>就会进入{_TOP}，排在第{{rank_after}}位"
        forms[f"why_not/ignore/{n}"] = start
        forms[f"why_not/ignore/{n}/minimal"] = f"{start}{_LESS}"
    return forms


def _contrast() -> dict[str, str]:
    pair = "{source_title}排在{source_title_2}之前"
    return {
        "contrast/score": f"{pair}，因为它的分数更高",
        "contrast/diversity": f"{pair}是为了让列表多样：它的分数并不更高",
        "contrast/pin": f"{pair}是商家安排的：它的分数并不更高",
        "contrast/filter": f"{pair}，因为另一<things.n>被过滤而没有列出",
        "contrast/tie": f"{pair}，尽管两者分数相同：同分时按目录的顺序",
        "contrast/whole": "<you>历史记录中没有哪三<things.product>决定这一点：去掉它们顺序也不变",
        **{f"contrast/deciding/{n}": f"如果不计{_TITLES[n]}，顺序就会相反" for n in (1, 2, 3)},
    }


def _what_if() -> dict[str, str]:
    forms = {}
    starts = {
        **{f"add/{event}": f"如果<you>还<did.{event}>" for event in DONE},
        "remove": f"如果不计{_TITLES[1]}",
        "price": "如果售价是{price_minor}",
    }
    for kind, start in starts.items():
        forms[f"what_if/{kind}/moved"] = (
            f"{start}，<things.this>按分数会排在第{{place_after}}位，而不是第{{place_before}}位"
        )
        forms[f"what_if/{kind}/same"] = f"{start}，<things.this>按分数仍会排在第{{place_after}}位"
        forms[f"what_if/{kind}/in"] = (
            f"{start}，<things.this>就可以列出，按分数排在第{{place_after}}位"
        )
        forms[f"what_if/{kind}/out"] = f"{start}，<things.this>就会被过滤而不再列出"
    return forms


def _pipeline() -> dict[str, str]:
    scored = "共为{n_all}<things.product>打分"
    stock = "缺货的{n_out}<things.n>"
    bought = "<you>以前<verb.bought>过的{n_bought}<things.n>"
    return {
        "pipeline/counts/none": f"{scored}，没有过滤掉任何一<things.n>",
        "pipeline/counts/stock": f"{scored}，过滤掉{stock}",
        "pipeline/counts/bought": f"{scored}，过滤掉{bought}",
        "pipeline/counts/both": f"{scored}，过滤掉{stock}和{bought}",
        "pipeline/unseen": "<you>在<things.shop>还没有任何记录，所以没有历史可计",
        "pipeline/ignored": "<your>记录全部不计，所以列表不依据任何历史",
        "pipeline/below": f"按分数<things.this>排在第{{place}}位，不在{_TOP}之内",
        "pipeline/spread_out": (
            f"按分数<things.this>排在第{{place}}位；为了让{_TOP}多样，它没有列出"
        ),
        "pipeline/by_score": "仅凭分数<things.this>就排在第{rank}位",
        "pipeline/moved": ("按分数<things.this>排在第{place}位；为了让列表多样，它排在第{rank}位"),
        "pipeline/declined": "另有{n_declined}件<you>说过不需要，未列出",
        "pipeline/hidden": "另有{n_hidden}件已被<things.merchant>撤下",
        "pipeline/asked_for": "另有{n_asked_for}件不符合筛选条件",
        "pipeline/pinned": (
            "按分数<things.this>排在第{place}位；<things.merchant>把它放在了第{rank}位"
        ),
        "pipeline/pinned_out": (
            f"按分数<things.this>排在第{{place}}位；<things.merchant>放入{_TOP}的<things.name>占了它的位置"
        ),
        "pipeline/moved_by_pins": (
            "按分数<things.this>排在第{place}位；因为<things.merchant>放入的<things.name>，它排在第{rank}位"
        ),
        "pipeline/moved_by_both": (
            "按分数<things.this>排在第{place}位；为了让列表多样，也因为<things.merchant>放入的<things.name>，"
            "它排在第{rank}位"
        ),
        "pipeline/promoted": "<things.merchant>正在推广<things.this>",
        "pipeline/buried": "<things.merchant>调低了<things.this>的分数",
    }


def _both_lists(forms: dict[str, str]) -> dict[str, str]:
    """Every form that names the list, once more for the list of new products."""
    new = {f"{key}/new": form.replace(_TOP, _TOP_NEW) for key, form in forms.items()}
    return {**forms, **{key: form for key, form in new.items() if "{k}" in form}}


#: The forms of reasons that name the list: those of counterfactuals.
_NAMING_THE_LIST = {
    "counterfactual/none": f"即使不计<your>全部历史记录，<things.this>仍会在{_TOP}之内",
    "counterfactual/absent": f"<things.this>不在{_TOP}之内",
    **{
        f"counterfactual/{n}{end}": f"如果不计{titles}，<things.this>就不会在{_TOP}之内{words}"
        for n, titles in _TITLES.items()
        for end, words in (("", ""), ("/minimal", _LESS))
    },
}

ANSWERS_ZH = _both_lists(
    {
        "withheld": "有一个答案，但它没有通过检查，所以不显示",
        "ledger/alone": "<your>历史记录中没有支持<things.this>的内容",
        "ledger/history": (
            "<you>有{n_events}条记录支持<things.this>，其中与{source_title}有关的作用最大"
        ),
        **_NAMING_THE_LIST,
        **_counterfactuals(),
        **_why_not(),
        **_contrast(),
        **_what_if(),
        **_pipeline(),
        **METHODS_ZH,
    }
)
