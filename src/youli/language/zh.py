"""Chinese, simplified characters: 位 for shoppers, 单 for orders, 次 for times, 件 for products."""

from __future__ import annotations

import re
from datetime import date

from youli.language.grammar import Grammar

__all__ = ["CHINESE"]

_DATE = r"(?:\d{4}年)?\d{1,2}月\d{1,2}日"
_DATE_PARTS = re.compile(r"(?:(\d{4})年)?(\d{1,2})月(\d{1,2})日")

#: What was done with a past product; {object} is its title or "这件商品".
_DID = {
    "purchase": "买过{object}",
    "add_to_cart": "把{object}加入过购物车",
    "add_to_wishlist": "收藏过{object}",
    "rate": "评价过{object}",
    "view_item": "看过{object}",
    "select_item": "点开过{object}",
    "search": "搜到过{object}",
}
_WHICH = {
    "purchase": "您买过的",
    "add_to_cart": "您加入过购物车的",
    "add_to_wishlist": "您收藏过的",
    "rate": "您评价过的",
    "view_item": "您看过的",
    "select_item": "您点开过的",
    "search": "您搜到过的",
    "mixed": "您历史记录中的",
}
#: What other shoppers did.
_VERBS = {"bought": "买", "chose": "选"}

_OPENINGS = {
    "once": "您{did}",
    "once_dated": "您在{last_date}{did}",
    "often": "您{did}{n_times}次",
    "often_dated": "您{did}{n_times}次，最近一次是{last_date}",
}
_SOURCES = {
    1: "{source_title}",
    2: "{source_title}和{source_title_2}",
    3: "{source_title}、{source_title_2}和{source_title_3}",
}
#: Shared words in a sentence and in a chip.
_WORDS = {
    1: ("「{word}」", "{word}"),
    2: ("「{word}」和「{word_2}」", "{word}、{word_2}"),
    3: ("「{word}」、「{word_2}」和「{word_3}」", "{word}、{word_2}、{word_3}"),
}


def _openings() -> dict[str, str]:
    forms = {}
    for done, did in _DID.items():
        about = did.replace("{object}", "{source_title}")
        this = did.replace("{object}", "这件商品")
        for name, opening in _OPENINGS.items():
            forms[f"opening/{name}/{done}"] = opening.replace("{did}", about)
            forms[f"buy_again/{name}/{done}"] = opening.replace("{did}", this)
        forms[f"buy_again/rhythm/{done}"] = (
            f"您{this}{{n_times}}次，大约每{{gap_days}}天一次，最近一次是{{last_date}}"
        )
        short = did.replace("{object}", "它")
        forms[f"buy_again/once/{done}/chip"] = f"您以前{short}"
        forms[f"buy_again/often/{done}/chip"] = f"您{short}{{n_times}}次"
        forms[f"buy_again/rhythm/{done}/chip"] = f"您{short}，大约每{{gap_days}}天一次"
    return forms


def _observations(verb: str) -> dict[str, str]:
    did = _VERBS[verb]
    return {
        f"went_on/{verb}": (
            f"{did}过它的另外{{n_source}}位顾客中，有{{n_both}}位后来{did}了这件商品"
        ),
        f"went_on/{verb}/chip": f"{did}过{{source_title}}之后又{did}的",
        f"together/{verb}": (
            "其他顾客含有它的{n_source}单中，有{n_both}单（{confidence}）也含有这件商品"
        ),
        f"together/{verb}/chip": "与{source_title}同在一单",
        f"chosen_alike/{verb}": f"另有{{n_both}}位顾客两件都{did}过",
        f"chosen_alike/{verb}/chip": f"{did}过{{source_title}}的顾客也{did}",
        f"beside/went_on/{verb}": (
            f"{did}过{{source_title}}的{{n_source}}位顾客中，有{{n_both}}位后来{did}了这件商品"
        ),
        f"beside/together/{verb}": (
            "含有{source_title}的{n_source}单中，有{n_both}单（{confidence}）也含有这件商品"
        ),
        f"beside/chosen_alike/{verb}": (
            f"有{{n_both}}位顾客既{did}过{{source_title}}，也{did}过这件商品"
        ),
        f"group/{verb}": (
            f"与您{{attribute}}相同（{{value}}）的另外{{n_group}}位顾客中，"
            f"有{{n_chose}}位{did}过这件商品"
        ),
        f"group/{verb}/chip": f"与您{{attribute}}相同的顾客也{did}",
        f"recent/{verb}": f"最近{{days}}天另有{{n_recent}}位顾客{did}过这件商品",
        f"recent/{verb}/chip": "{days}天内{n_recent}位顾客",
        f"trending/{verb}": (
            f"最近{{days}}天另有{{n_recent}}位顾客{did}过这件商品，再往前{{days}}天是{{n_before}}位"
        ),
        f"trending_few_before/{verb}": (
            f"最近{{days}}天另有{{n_recent}}位顾客{did}过这件商品，比再往前{{days}}天多"
        ),
        f"trending/{verb}/chip": "近期热门：{days}天内{n_recent}位顾客",
        f"popular/{verb}": f"另外{{n_all}}位顾客中，有{{n_shoppers}}位{did}过这件商品",
        f"popular/{verb}/chip": f"另有{{n_shoppers}}位顾客{did}过",
        f"popular_few/{verb}": f"目前只有少数其他顾客{did}过这件商品",
        f"popular_few/{verb}/chip": f"目前{did}的人少",
        f"popular_new/{verb}": f"新品：还没有其他顾客{did}过",
        f"popular_new/{verb}/chip": "新品",
    }


def _shared() -> dict[str, str]:
    forms = {
        "shared/one": "这件商品的{attribute}与它相同（{value}）",
        "shared/price": "这件商品售价{price_minor}，与它同属一个价位（{value}）",
        "beside/shared": "这件商品的{attribute}（{value}）与{source_title}相同",
        "shared/chip": "{attribute}相同：{value}",
    }
    for n in (2, 3):
        for done, which in _WHICH.items():
            forms[f"shared/{n}/{done}"] = (
                f"这件商品的{{attribute}}（{{value}}）与{which}{_SOURCES[n]}相同"
            )
    return forms


def _similar_text() -> dict[str, str]:
    forms = {}
    for n, (words, chip) in _WORDS.items():
        forms[f"similar_text/words/{n}"] = f"这件商品的介绍与它相近：都提到{words}"
        forms[f"beside/similar_text/words/{n}"] = (
            f"这件商品的介绍与{{source_title}}相近：都提到{words}"
        )
        forms[f"similar_text/words/{n}/chip"] = f"介绍相近：{chip}"
    near = "都接近「{topic}」这一主题"
    forms["similar_text/topic"] = f"这件商品的介绍与它相近：{near}"
    forms["beside/similar_text/topic"] = f"这件商品的介绍与{{source_title}}相近：{near}"
    forms["similar_text/topic/chip"] = "主题相近：{topic}"
    return forms


def _looks_like() -> dict[str, str]:
    return {
        "looks_like/chip": "外观像{source_title}",
        "beside/looks_like": "这件商品的外观与{source_title}相似",
        **{f"looks_like/{done}": f"这件商品的外观与{which}{{source_title}}相似"
           for done, which in _WHICH.items() if done != "mixed"},
    }  # fmt: skip


def _counterfactuals() -> dict[str, str]:
    forms = {
        "counterfactual/none": "即使不计您的全部历史记录，这件商品仍会在您的前{k}名之内",
        "counterfactual/absent": "这件商品不在您的前{k}名之内",
    }
    several = {**_SOURCES, 4: "{source_title}、{source_title_2}和另外{n_more}件商品"}
    for n, titles in several.items():
        start = f"如果不计{titles}，这件商品就不会在您的前{{k}}名之内"
        forms[f"counterfactual/{n}"] = start
        forms[f"counterfactual/{n}/minimal"] = f"{start}；去掉更少则不足以改变"
    return forms


def _date(iso: str, today: str) -> str:
    day = date.fromisoformat(iso)
    text = f"{day.month}月{day.day}日"
    return text if iso[:4] == today[:4] else f"{day.year}年{text}"


def _read_date(text: str) -> tuple[int | None, int, int] | None:
    found = _DATE_PARTS.fullmatch(text)
    if found is None:
        return None
    year, month, day = found.groups()
    return (int(year) if year else None, int(month), int(day))


CHINESE = Grammar(
    lang="zh",
    forms={
        **_openings(),
        **_observations("bought"),
        **_observations("chose"),
        **_shared(),
        **_similar_text(),
        **_looks_like(),
        **_counterfactuals(),
        "promoted": "由商家推广",
        "promoted/chip": "推广",
    },
    quotes=("「", "」"),
    longest_title=40,
    joiner="；",
    stop="。",
    date=_date,
    read_date=_read_date,
    date_pattern=_DATE,
    plural=lambda _n: 0,
    attribute_names={
        "category": "类别",
        "category 1": "大类",
        "category 2": "类别",
        "category 3": "小类",
        "category 4": "细类",
        "brand": "品牌",
        "price band": "价位",
        "department": "部门",
        "type": "类型",
        "product_type": "类型",
        "size": "规格",
        "package_size": "规格",
        "colour": "颜色",
        "color": "颜色",
        "material": "材质",
        "age": "年龄段",
        "income": "收入段",
        "region": "地区",
        "country": "国家",
        "gender": "性别",
        "genre": "类型",
        "genres": "类型",
        "household_size": "家庭人数",
        "household size": "家庭人数",
        "kids_count": "孩子数",
        "marital_status": "婚姻状况",
        "home_ownership": "住房情况",
        "household_comp": "家庭构成",
    },
    attribute_values={
        ("price band", "lowest"): "最低",
        ("price band", "low"): "较低",
        ("price band", "middle"): "中等",
        ("price band", "high"): "较高",
        ("price band", "highest"): "最高",
    },
    negations=frozenset({"不", "没", "未", "无", "别", "非", "少数", "即使"}),
)
