// Product tiles, and how they move when the list changes.
import { art } from "./art.js";
import { badge } from "./changes.js";
import { calm, h } from "./dom.js";
import { price, t } from "./i18n.js";
import { icon } from "./icons.js";
import { itemAddress, meta } from "./parts.js";

/** One recommendation. `on` has view, buy, cart and, where the product can be asked about, why and dislike; `which` is its list, if any; `shared` are titles that several products here have. */
export function tile(row, on, { change = null, which = null, shared = new Set() } = {}) {
  const { item } = row;
  const title = item.title;
  const move = change && badge(change, row.item_id);
  const notes = which ? row.reasons.map((reason) => reason.chip).filter(Boolean).slice(0, 2) : row.reasons.slice(0, 1).map(beside);
  const labelled = (act, words, onclick, more = {}) => h("button", { type: "button", "data-act": act, "aria-label": t(`${words}.of`, { title }), onclick, ...more }, t(words));
  return h("li", { class: "tile", "data-item": row.item_id, "data-list": which },
    art(item),
    which && h("span", { class: "rank num" }, h("span", { class: "hidden" }, t("rank", { rank: row.rank })), h("span", { "aria-hidden": "true" }, String(row.rank))),
    move && h("span", { class: "move num", title: move[1] }, h("span", { "aria-hidden": "true" }, move[0]), h("span", { class: "hidden" }, move[1])),
    h("div", { class: "tile-in" },
      h("h3", {}, h("a", { class: "clamp", href: itemAddress(row.item_id), title, "data-act": "title", onclick: (event) => on.view(event, item) }, title)),
      h("p", { class: "meta" }, meta(item), shared.has(title) && [meta(item) && " · ", h("span", { class: "whole" }, t("item.number", { id: row.item_id }))]),
      row.promoted && h("p", { class: "promoted", title: t("promoted.long") }, t("promoted")),
      notes.map((note) => h("p", { class: "chip" }, note)),
      h("div", { class: "till" },
        h("p", { class: "price" }, item.in_stock ? price(item.price_minor) : t("stock.out")),
        h("button", { type: "button", class: "quiet icon", "data-act": "cart", "aria-label": t("cart.of", { title }), title: t("cart.long"), onclick: (event) => on.cart(event, item) }, icon("cart")),
        labelled("buy", "buy", (event) => on.buy(event, item), { class: "btn" }))),
    (on.why || on.dislike) && h("div", { class: "asks" },
      on.why && labelled("why", "why", () => on.why(item, which), { "aria-haspopup": "dialog" }),
      on.dislike && labelled("dislike", "dislike", (event) => on.dislike(event, item, which))));
}

/** Beside a product a sentence with counts says more than its short form; one about an attribute does not. */
const beside = (reason) => (reason.kind !== "shared_attribute" && reason.text || reason.chip);

const placesOf = (list) => new Map([...list.children].map((one) => [one.dataset.item, one.getBoundingClientRect()]));

/** Put new tiles in the place of old ones: they glide, and the focus stays where it can. */
export function exchange(list, tiles) {
  const before = placesOf(list);
  const focus = list.contains(document.activeElement) ? document.activeElement : null;
  const focused = focus && { item: focus.closest(".tile").dataset.item, act: focus.dataset.act, at: [...list.children].indexOf(focus.closest(".tile")) };
  list.replaceChildren(...tiles);
  if (focused && !document.querySelector("dialog[open]")) {
    const home = [...list.children].find((one) => one.dataset.item === focused.item) ?? list.children[Math.min(focused.at, list.children.length - 1)];
    (home?.querySelector(`[data-act="${focused.act}"]`) ?? home?.querySelector("a") ?? document.querySelector("main h1"))?.focus({ preventScroll: true });
  }
  if (calm()) return;
  for (const [item, now] of placesOf(list)) {
    const old = before.get(item);
    const element = [...list.children].find((one) => one.dataset.item === item);
    const frames = old
      ? [{ transform: `translate(${old.left - now.left}px, ${old.top - now.top}px)` }, { transform: "none" }]
      : [{ opacity: 0, transform: "translateY(14px)" }, { opacity: 1, transform: "none" }];
    if (!old || old.left !== now.left || old.top !== now.top) element.animate(frames, { duration: 420, easing: "cubic-bezier(.2, .7, .2, 1)" });
  }
}
