"""Pictures of the whole shop: rules, what drives the lists, how that changed, the tree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from youli.explain.overview.drivers import Drivers
from youli.explain.overview.rules import TOGETHER, Rules
from youli.explain.overview.surrogate import Surrogate
from youli.explain.overview.tree import Node
from youli.markup import shortened
from youli.plots.base import (
    AGAINST,
    COLOURS,
    FOR,
    GROUND,
    HATCHES,
    INK,
    RULE,
    SOFT,
    Picture,
    bare,
    draw,
    wrapped,
)

__all__ = ["rule_graph", "shares", "shares_over_time", "surrogate_tree"]

#: Channels that have a colour of their own; the rest is summed.
_MOST_SERIES = 7
_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "rules": "{n} rules: who has the left, has the right more often",
        "rules_sub": "Blue: in one order; dashed orange: at a later time. The number is the lift; "
        "the line is as wide.",
        "none": "No rule stands on enough shoppers.",
        "shares": "What drives the lists: {about}",
        "months": "What drove the lists at each month's end: {about}",
        "months_sub": "Shares of |amount| by channel, by today's model, for the same shoppers.",
        "rest": "all others",
        "tree": "A tree that imitates the model: {about}",
        "yes": "yes", "no": "no", "cases": "{n:,} cases",
        "channel": "channel", "event": "event", "attribute": "attribute", "age": "age",
    },
    "zh": {
        "rules": "{n} 条规则:有左边的人,更常有右边的",
        "rules_sub": "蓝色:同一订单;橙色虚线:之后。数字为提升度,线越粗提升度越高。",
        "none": "没有足够顾客支持的规则。",
        "shares": "推荐由什么决定:{about}",
        "months": "每月月底推荐由什么决定:{about}",
        "months_sub": "按渠道的 |贡献| 占比;今天的模型,同一批顾客。",
        "rest": "其余",
        "tree": "模仿模型的决策树:{about}",
        "yes": "是", "no": "否", "cases": "{n:,} 例",
        "channel": "渠道", "event": "行为", "attribute": "属性", "age": "时间",
    },
}  # fmt: skip

#: Names that Youli itself gave, for other languages; channels keep theirs.
_NAMES: Mapping[str, Mapping[str, str]] = {
    "en": {},
    "zh": {
        "no event": "无行为", "no attribute": "无属性", "purchase": "购买", "view_item": "浏览",
        "add_to_cart": "加入购物车", "add_to_wishlist": "收藏", "rate": "评分", "refund": "退货",
        "up to a week": "一周内", "up to 4 weeks": "四周内", "up to 3 months": "三个月内",
        "up to a year": "一年内", "more than a year": "一年以上", "latest step": "最近一步",
        "last 5 steps": "最近 5 步", "last 20 steps": "最近 20 步", "earlier steps": "更早",
    },
}  # fmt: skip


def rule_graph(rules: Rules, *, n_rules: int = 20, lang: str = "en") -> Picture:
    """The first rules as lines from what is had to what comes with it, each product once a side."""
    words, shown = _WORDS[lang], rules.first(n_rules).rules
    if not shown:
        return draw(words["none"], words["none"], (6.0, 0.9), _empty)
    left = list(dict.fromkeys(rule.sources for rule in shown))
    right = list(dict.fromkeys(rule.item_num for rule in shown))
    # Each right-hand product stands about where its lines come from, so that few cross.
    mean = {
        one: np.mean([left.index(rule.sources) for rule in shown if rule.item_num == one])
        for one in right
    }
    right.sort(key=lambda one: (mean[one], one))
    height = max(len(left), len(right))
    y_left = _spread(len(left), height)
    y_right = _spread(len(right), height)
    most = max(rule.lift for rule in shown)
    names = {key: " + ".join(shortened(rules.titles[one], 34 // len(key)) for one in key)
             for key in left}  # fmt: skip

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        turn: dict[int, int] = {}
        for rule in shown:
            a, b = y_left[left.index(rule.sources)], y_right[right.index(rule.item_num)]
            together = rule.kind == TOGETHER
            axes.plot(
                [0, 1], [a, b], color=FOR if together else AGAINST, alpha=0.75,
                linestyle="-" if together else (0, (5, 2)),
                linewidth=0.8 + 3.4 * rule.lift / most, solid_capstyle="round", zorder=1,
            )  # fmt: skip
            number = turn[rule.item_num] = turn.get(rule.item_num, -1) + 1
            x = 0.93 - 0.1 * (number % 4)  # numbers of lines that meet stand apart
            axes.text(
                x, a + (b - a) * x, f"{rule.lift:.1f}", ha="center", va="center", fontsize=8,
                color=INK, zorder=3,
                bbox={"facecolor": GROUND, "edgecolor": "none", "pad": 0.8},
            )  # fmt: skip
        for y, key in zip(y_left, left, strict=True):
            axes.text(-0.02, y, names[key], ha="right", va="center", fontsize=9, color=INK)
        for y, one in zip(y_right, right, strict=True):
            name = shortened(rules.titles[one], 34)
            axes.text(1.02, y, name, ha="left", va="center", fontsize=9, color=INK)
        for x, many in ((0, y_left), (1, y_right)):
            axes.plot([x] * len(many), many, "o", color=INK, markersize=5, zorder=2)
        axes.set_xlim(-0.72, 1.72)
        axes.set_ylim(height - 0.5, -0.5)
        axes.set_xticks([])
        axes.set_yticks([])
        bare(axes)

    said = "; ".join(
        f"{' + '.join(rules.titles[one] for one in rule.sources)} → {rules.titles[rule.item_num]}"
        f" (lift {rule.lift:.1f}, {rule.n_both} of {rule.n_source})"
        for rule in shown
    )
    head = words["rules"].format(n=len(shown))
    return draw(
        head, f"{head}: {said}", (9.6, 1.1 + 0.34 * height), paint, subtitle=words["rules_sub"]
    )


def _spread(n: int, height: int) -> list[float]:
    """Places of n labels over the whole height, in its middle where there is one."""
    step = height / n
    return [(at + 0.5) * step - 0.5 for at in range(n)]


def _empty(figure: Figure) -> None:
    axes = figure.add_subplot()
    axes.set_xticks([])
    axes.set_yticks([])
    bare(axes)


def shares(drivers: Drivers, *, n_rows: int = 8, lang: str = "en") -> Picture:
    """Shares by channel, event, attribute and age, each with the interval of a bootstrap."""
    words = _WORDS[lang]
    aspects = {name: many[:n_rows] for name, many in drivers.aspects.items() if many}

    def paint(figure: Figure) -> None:
        heights = [len(many) + 0.8 for many in aspects.values()]
        panels = figure.subplots(len(aspects), 1, height_ratios=heights, squeeze=False, sharex=True)
        for axes, (name, many) in zip(panels[:, 0], aspects.items(), strict=True):
            for at, one in enumerate(many):
                axes.barh(at, one.share, height=0.6, color=FOR, alpha=0.85)
                axes.plot([one.low, one.high], [at, at], color=INK, linewidth=1.3)
                for end in (one.low, one.high):
                    axes.plot([end, end], [at - 0.14, at + 0.14], color=INK, linewidth=1.3)
                axes.text(
                    one.high + 0.012, at, f"{one.share:.1%}", va="center", fontsize=8.5, color=SOFT
                )
            names = [_NAMES[lang].get(one.name, one.name) for one in many]
            axes.set_yticks(range(len(many)), [shortened(one, 30) for one in names])
            axes.invert_yaxis()
            axes.set_xlim(0, 1.08 * max(one.high for group in aspects.values() for one in group))
            axes.set_xticks([])
            axes.set_title(words[name], loc="left", fontsize=9.5, color=SOFT)
            axes.margins(x=0.1)
            bare(axes)

    said = "; ".join(
        f"{name}: {', '.join(f'{one.name} {one.share:.1%}' for one in many)}"
        for name, many in aspects.items()
    )
    head = words["shares"].format(about=shortened(drivers.about, 60))
    n_all = sum(len(many) for many in aspects.values())
    size = (8.2, 1.1 + 0.27 * n_all + 0.45 * len(aspects))
    return draw(head, f"{head}. {said}. {drivers.scope}", size, paint, subtitle=drivers.scope)


def shares_over_time(drivers: Drivers, *, lang: str = "en") -> Picture:
    """Shares by channel at the end of each month, stacked; the rest is summed."""
    words = _WORDS[lang]
    head = words["months"].format(about=shortened(drivers.about, 60))
    if not drivers.months:
        return draw(head, f"{head}: –", (6.0, 0.9), _empty, subtitle="–")
    tables = [{one.name: one.share for one in month.shares} for month in drivers.months]
    totals: dict[str, float] = {}
    for table in tables:
        for name, share in table.items():
            totals[name] = totals.get(name, 0.0) + share
    named = sorted(totals, key=lambda name: (-totals[name], name))[:_MOST_SERIES]
    series = [(name, [table.get(name, 0.0) for table in tables]) for name in named]
    rest = [1.0 - sum(table.get(name, 0.0) for name in named) for table in tables]
    if max(rest) > 1e-9:
        series.append((words["rest"], rest))

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        below = np.zeros(len(tables))
        for at, (name, values) in enumerate(series):
            axes.bar(
                range(len(tables)), values, bottom=below, width=0.72, color=COLOURS[at],
                hatch=HATCHES[at], edgecolor="#ffffff", linewidth=0.8,
                label=shortened(name, 24).lstrip("_"),
            )  # fmt: skip
            for place, value in enumerate(values):
                if value >= 0.06:  # narrower bands have no room for a number
                    axes.text(
                        place, below[place] + value / 2, f"{value:.0%}", ha="center", va="center",
                        fontsize=8, color="#111111",
                        bbox={"facecolor": "#fefefe", "edgecolor": "none", "pad": 1.0},
                    )  # fmt: skip
            below += np.array(values)
        axes.set_xticks(range(len(tables)), [month.month for month in drivers.months])
        axes.set_yticks([])
        axes.set_xlim(-0.6, len(tables) - 0.4)
        handles, labels = axes.get_legend_handles_labels()
        axes.legend(
            handles[::-1], labels[::-1], loc="center left", bbox_to_anchor=(1.01, 0.5),
            fontsize=9, frameon=False, labelcolor=INK,
        )  # fmt: skip
        bare(axes)

    said = "; ".join(
        f"{month.month}: {', '.join(f'{name} {values[at]:.0%}' for name, values in series)}"
        for at, month in enumerate(drivers.months)
    )
    size = (max(5.6, 2.9 + 0.95 * len(tables)), 4.4)
    return draw(head, f"{head}. {said}", size, paint, subtitle=words["months_sub"])


def surrogate_tree(surrogate: Surrogate, *, lang: str = "en") -> Picture:
    """The tree with every question, the cases and values of its leaves, and its fidelity."""
    words, tree = _WORDS[lang], surrogate.tree
    n_leaves = len(list(tree.leaves()))
    places: list[tuple[Node, float, int]] = []
    links: list[tuple[float, int, float, int, str]] = []

    def place(node: Node, depth: int, next_leaf: float) -> tuple[float, float]:
        """Where a node stands, and the next free leaf."""
        if node.yes is None or node.no is None:
            places.append((node, next_leaf, depth))
            return next_leaf, next_leaf + 1
        yes, next_leaf = place(node.yes, depth + 1, next_leaf)
        no, next_leaf = place(node.no, depth + 1, next_leaf)
        x = (yes + no) / 2
        places.append((node, x, depth))
        links.append((x, depth, yes, depth + 1, words["yes"]))
        links.append((x, depth, no, depth + 1, words["no"]))
        return x, next_leaf

    place(tree, 0, 0.0)
    values = [leaf.value for leaf in tree.leaves()]
    low, high = min(values), max(values)

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        for x, depth, to, below, answer in links:
            axes.plot([x, to], [depth, below], color=SOFT, linewidth=1.1, zorder=1)
            axes.text(
                x + (to - x) * 0.5, depth + 0.5, answer, fontsize=8.5, color=SOFT, ha="center",
                va="center", zorder=2, bbox={"facecolor": GROUND, "edgecolor": "none", "pad": 1.2},
            )  # fmt: skip
        for node, x, depth in places:
            _box(axes, node, x, depth, (low, high), words)
        axes.set_xlim(-0.62, n_leaves - 0.38)
        axes.set_ylim(tree.depth + 0.35, -0.4)
        axes.set_xticks([])
        axes.set_yticks([])
        bare(axes)

    about, verdict = _told(surrogate, lang)
    head = words["tree"].format(about=about)
    alt = f"{head}. {verdict} {' / '.join(tree.lines())}"
    size = (max(6.5, 1.55 * n_leaves), 1.6 + 1.15 * (tree.depth + 0.6))
    return draw(head, alt, size, paint, subtitle=verdict, warn=not surrogate.faithful)


def _told(surrogate: Surrogate, lang: str) -> tuple[str, str]:
    """What it imitates and how far to trust it, in the language of the picture."""
    if lang == "en":
        title = surrogate.title
        about = surrogate.about.replace(title, shortened(title, 50)) if title else surrogate.about
        return about, surrogate.verdict
    asked = {"listed": "是否进入推荐", "score": "得分"}[surrogate.target]
    about = f"前 {surrogate.config.k} 名" if surrogate.target == "listed" else "高于平均的得分"
    if surrogate.title:
        about = f"{shortened(surrogate.title, 50)}:{asked},取决于有过的商品"
    said = (
        f"在 {surrogate.n_held_out:,} 个未见过的例子中答对 {surrogate.measured:.1%}"
        f"(总答多数:{surrogate.baseline:.1%}),忠实度 {surrogate.fidelity:.2f}。"
        if surrogate.target == "listed"
        else f"在 {surrogate.n_held_out:,} 个未见过的例子上 R² 为 {surrogate.fidelity:.2f}。"
    )
    if surrogate.faithful:
        return about, f"{said}这是估计,不是模型本身。"
    least = f"{surrogate.config.least_fidelity:g}"
    return about, f"这棵树不能代表模型(忠实度低于 {least}),请勿当作模型的做法。{said}"


def _box(
    axes: Any,
    node: Node,
    x: float,
    depth: int,
    span: tuple[float, float],
    words: Mapping[str, str],
) -> None:
    """A question, or a leaf that is the darker the higher its value."""
    if node.is_leaf:
        share = (node.value - span[0]) / ((span[1] - span[0]) or 1.0)
        text = f"{node.value:.3g}\n{words['cases'].format(n=node.n_rows)}"
        shade, ink = _shade(share), "#fefefe" if share > 0.5 else "#111111"
    else:
        lines = wrapped(node.question, 20)
        text = "\n".join([*lines[:3], *(["…"] if len(lines) > 3 else [])])
        shade, ink = RULE, INK
    axes.text(
        x, depth, text, ha="center", va="center", fontsize=8.5, color=ink, zorder=3,
        bbox={"boxstyle": "round,pad=0.4", "facecolor": shade, "edgecolor": SOFT, "linewidth": 0.7},
    )  # fmt: skip


def _shade(share: float) -> str:
    """From a pale to a full blue."""
    pale, full = (226, 238, 246), (0, 88, 138)
    mixed = [round(p + (f - p) * share) for p, f in zip(pale, full, strict=True)]
    return f"#{mixed[0]:02x}{mixed[1]:02x}{mixed[2]:02x}"
