"""Chinese, simplified characters: 位 for shoppers, 单 for orders, 次 for times, 件 for products."""

from __future__ import annotations

import re
from datetime import date

from youli.language.grammar import Grammar
from youli.language.vocabulary import DONE, Vocabulary

__all__ = ["chinese"]

_DATE = r"(?:\d{4}年)?\d{1,2}月\d{1,2}日"
_DATE_PARTS = re.compile(r"(?:(\d{4})年)?(\d{1,2})月(\d{1,2})日")

_OPENINGS = {
    "once": "<you>{did}",
    "once_dated": "<you>在{last_date}{did}",
    "often": "<you>{did}{n_times}次",
    "often_dated": "<you>{did}{n_times}次，最近一次是{last_date}",
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


def _openings(words: Vocabulary) -> dict[str, str]:
    forms = {}
    for done in DONE:
        did = words.fill(f"<did.{done}>")
        about = did.replace("{object}", "{source_title}")
        this = did.replace("{object}", "<things.this>")
        for name, opening in _OPENINGS.items():
            forms[f"opening/{name}/{done}"] = opening.replace("{did}", about)
            forms[f"buy_again/{name}/{done}"] = opening.replace("{did}", this)
        forms[f"buy_again/rhythm/{done}"] = (
            f"<you>{this}{{n_times}}次，大约每{{gap_days}}天一次，最近一次是{{last_date}}"
        )
        short = did.replace("{object}", "它")
        forms[f"buy_again/once/{done}/chip"] = f"<you>以前{short}"
        forms[f"buy_again/often/{done}/chip"] = f"<you>{short}{{n_times}}次"
        forms[f"buy_again/rhythm/{done}/chip"] = f"<you>{short}，大约每{{gap_days}}天一次"
    return forms


def _observations(verb: str) -> dict[str, str]:
    did = f"<verb.{verb}>"
    return {
        f"went_on/{verb}": (
            f"{did}过它的另外{{n_source}}<people.other>中，有{{n_both}}<people.n>后来{did}了<things.this>"
        ),
        f"went_on/{verb}/chip": f"{did}过{{source_title}}之后又{did}的",
        f"together/{verb}": (
            "<people.others>含有它的{n_source}<things.order>中，有{n_both}<things.order>（{confidence}）也含有<things.this>"
        ),
        f"together/{verb}/chip": "与{source_title}同在<things.one_order>",
        f"chosen_alike/{verb}": f"另有{{n_both}}<people.other>两<things.n>都{did}过",
        f"chosen_alike/{verb}/chip": f"{did}过{{source_title}}的<people.name>也{did}",
        f"beside/went_on/{verb}": (
            f"{did}过{{source_title}}的{{n_source}}<people.other>中，有{{n_both}}<people.n>后来{did}了<things.this>"
        ),
        f"beside/together/{verb}": (
            "含有{source_title}的{n_source}<things.order>中，有{n_both}<things.order>（{confidence}）也含有<things.this>"
        ),
        f"beside/chosen_alike/{verb}": (
            f"有{{n_both}}<people.other>既{did}过{{source_title}}，也{did}过<things.this>"
        ),
        f"group/{verb}": (
            f"与<you>{{attribute}}相同（{{value}}）的另外{{n_group}}<people.other>中，"
            f"有{{n_chose}}<people.n>{did}过<things.this>"
        ),
        f"group/{verb}/chip": f"与<you>{{attribute}}相同的<people.name>也{did}",
        f"recent/{verb}": f"最近{{days}}天另有{{n_recent}}<people.other>{did}过<things.this>",
        f"recent/{verb}/chip": "{days}天内{n_recent}<people.other>",
        f"trending/{verb}": (
            f"最近{{days}}天另有{{n_recent}}<people.other>{did}过<things.this>，再往前{{days}}天是{{n_before}}<people.n>"
        ),
        f"trending_few_before/{verb}": (
            f"最近{{days}}天另有{{n_recent}}<people.other>{did}过<things.this>，比再往前{{days}}天多"
        ),
        f"trending/{verb}/chip": "近期热门：{days}天内{n_recent}<people.other>",
        f"popular/{verb}": (
            f"另外{{n_all}}<people.other>中，有{{n_shoppers}}<people.n>{did}过<things.this>"
        ),
        f"popular/{verb}/chip": f"另有{{n_shoppers}}<people.other>{did}过",
        f"popular_few/{verb}": f"目前只有少数<people.others>{did}过<things.this>",
        f"popular_few/{verb}/chip": f"目前{did}的人少",
        f"popular_new/{verb}": f"新品：还没有<people.others>{did}过",
        f"popular_new/{verb}/chip": "新品",
    }


def _shared() -> dict[str, str]:
    forms = {
        "shared/one": "<things.this>的{attribute}与它相同（{value}）",
        "shared/price": "<things.this>售价{price_minor}，与它同属一个价位（{value}）",
        "beside/shared": "<things.this>的{attribute}（{value}）与{source_title}相同",
        "shared/chip": "{attribute}相同：{value}",
    }
    for n in (2, 3):
        for done in (*DONE, "mixed"):
            forms[f"shared/{n}/{done}"] = (
                f"<things.this>的{{attribute}}（{{value}}）与<which.{done}>{_SOURCES[n]}相同"
            )
    return forms


def _similar_text() -> dict[str, str]:
    forms = {}
    for n, (words, chip) in _WORDS.items():
        forms[f"similar_text/words/{n}"] = f"<things.this>的介绍与它相近：都提到{words}"
        forms[f"beside/similar_text/words/{n}"] = (
            f"<things.this>的介绍与{{source_title}}相近：都提到{words}"
        )
        forms[f"similar_text/words/{n}/chip"] = f"介绍相近：{chip}"
    near = "都接近「{topic}」这一主题"
    forms["similar_text/topic"] = f"<things.this>的介绍与它相近：{near}"
    forms["beside/similar_text/topic"] = f"<things.this>的介绍与{{source_title}}相近：{near}"
    forms["similar_text/topic/chip"] = "主题相近：{topic}"
    return forms


def _searched() -> dict[str, str]:
    forms = {"means": "与{phrase}意思相近", "means/chip": "意思相近"}
    several = {n: form.replace("source_title", "phrase") for n, form in _SOURCES.items()}
    fields = {
        "title": "标题",
        "brand": "品牌",
        "category": "类别",
        "details": "属性",
        "text": "介绍",
    }
    for n, phrases in several.items():
        for field, place in fields.items():
            forms[f"matches/{field}/{n}"] = f"{place}中有{phrases}"
        forms[f"matches/{n}/chip"] = f"符合{phrases}"
    return forms


def _looks_like() -> dict[str, str]:
    return {
        "looks_like/chip": "外观像{source_title}",
        "beside/looks_like": "<things.this>的外观与{source_title}相似",
        **{f"looks_like/{done}": f"<things.this>的外观与<which.{done}>{{source_title}}相似"
           for done in DONE},
    }  # fmt: skip


def _to_advertisers(verb: str) -> dict[str, str]:
    """What the seller of a product hears: counts of others, and nothing that one shopper did."""
    did, theirs = f"<verb.{verb}>", "这位<people.name>历史记录中的一项"
    return {
        f"advertiser/went_on/{verb}": (
            f"{did}过{theirs}的另外{{n_source}}<people.other>中，"
            f"有{{n_both}}<people.n>后来{did}了您的<things.name>"
        ),
        f"advertiser/went_on/{verb}/chip": f"常接在{theirs}之后",
        f"advertiser/together/{verb}": (
            f"<people.others>含有{theirs}的{{n_source}}<things.order>中，"
            "有{n_both}<things.order>（{confidence}）也含有您的<things.name>"
        ),
        f"advertiser/together/{verb}/chip": f"与{theirs}同在<things.one_order>",
        f"advertiser/chosen_alike/{verb}": (
            f"另有{{n_both}}<people.other>既{did}过{theirs}，也{did}过您的<things.name>"
        ),
        f"advertiser/chosen_alike/{verb}/chip": f"与{theirs}常被一起选择",
        f"advertiser/group/{verb}": (
            "与这位<people.name>同组的另外{n_group}<people.other>中，"
            f"有{{n_chose}}<people.n>{did}过您的<things.name>"
        ),
        f"advertiser/group/{verb}/chip": "同组<people.name>也选",
        f"advertiser/shared_attribute/{verb}": (
            f"您的<things.name>的{{attribute}}（{{value}}）与{theirs}相同"
        ),
        f"advertiser/shared_attribute/{verb}/chip": "{attribute}相同：{value}",
        f"advertiser/similar_text/{verb}": f"您的<things.name>的介绍与{theirs}相近",
        f"advertiser/similar_text/{verb}/chip": f"介绍与{theirs}相近",
        f"advertiser/looks_like/{verb}": f"您的<things.name>的外观与{theirs}相似",
        f"advertiser/looks_like/{verb}/chip": f"外观像{theirs}",
        f"advertiser/matches/{verb}": "您的<things.name>符合这位<people.name>的搜索",
        f"advertiser/matches/{verb}/chip": "符合搜索",
        f"advertiser/means/{verb}": "您的<things.name>与这位<people.name>的搜索意思相近",
        f"advertiser/means/{verb}/chip": "与搜索意思相近",
        f"advertiser/buy_again/{verb}": "您的<things.name>就在这位<people.name>的历史记录中",
        f"advertiser/buy_again/{verb}/chip": "以前有过",
        "advertiser/counterfactual": "一位<people.name>做过什么，不会告诉别人",
    }


def _counterfactuals() -> dict[str, str]:
    forms = {
        "counterfactual/none": "即使不计<your>全部历史记录，<things.this>仍会在<your>前{k}名之内",
        "counterfactual/absent": "<things.this>不在<your>前{k}名之内",
    }
    several = {**_SOURCES, 4: "{source_title}、{source_title_2}和另外{n_more}<things.product>"}
    for n, titles in several.items():
        start = f"如果不计{titles}，<things.this>就不会在<your>前{{k}}名之内"
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


def chinese(words: Vocabulary) -> Grammar:
    """The language with the words of a scene and an audience."""
    return Grammar(
        lang="zh",
        forms=words.fill_all(
            {
                **_openings(words),
                **_observations("bought"),
                **_observations("chose"),
                **_shared(),
                **_similar_text(),
                **_looks_like(),
                **_searched(),
                **_counterfactuals(),
                **_to_advertisers("bought"),
                **_to_advertisers("chose"),
                "promoted": "由<things.merchant>推广",
                "promoted/chip": "推广",
            }
        ),
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
