// The page of the cart: its lines, the sum, and what goes with them.
import * as api from "./api.js";
import { doing } from "./actions.js";
import { art } from "./art.js";
import { clear, lines, put, take } from "./cart.js";
import { h } from "./dom.js";
import { language, price, t } from "./i18n.js";
import { address, failure, ghosts, itemAddress, meta } from "./parts.js";
import { shelf } from "./shelf.js";
import { state } from "./store.js";

const N_CROSS = 5;
/** Lines asked about at most when looking for what goes with them. */
const MOST_ASKED = 50;

/** Show the page; resolves when the lines are there. Gives the title. */
export async function showCart(main) {
  const holder = h("div", {}, ghosts(1));
  main.replaceChildren(h("div", { class: "head" }, h("h1", { tabindex: "-1" }, t("cart.title")), h("p", {}, t("cart.intro"))), holder);
  await fill(holder);
  return t("cart.title");
}

async function fill(holder) {
  try {
    const user = state.user;
    const found = await Promise.all(lines().map(([item]) => present(item)));
    if (!holder.isConnected || user !== state.user) return;
    const items = found.filter(Boolean);
    const kept = lines();
    if (!kept.length) {
      holder.replaceChildren(h("div", { class: "notice" }, h("h2", {}, t("cart.empty")), h("a", { class: "btn", href: address("/"), "data-link": true }, t("home.link"))));
      return;
    }
    const rows = items.map((item, at) => ({ item, n: kept[at][1] }));
    const again = () => fill(holder);
    const ids = kept.map(([item]) => item).slice(-MOST_ASKED);
    holder.replaceChildren(
      h("ul", { class: "cart", "aria-label": t("cart.title") }, rows.map((row) => line(row, again))),
      till(rows, again),
      shelf("cart.cross", () => api.getCross(ids, language(), N_CROSS), { n: N_CROSS, also: items }));
  } catch (error) {
    holder.replaceChildren(failure(error, () => fill(holder)));
  }
}

/** The card of a product; what the shop no longer has leaves the cart. */
async function present(itemId) {
  try {
    return await api.getItem(itemId);
  } catch (error) {
    if (error.status !== 404) throw error;
    take(itemId, { all: true });
    return null;
  }
}

function line({ item, n }, again) {
  const { title } = item;
  const button = (sign, key, act) => h("button", { type: "button", class: "quiet step", "aria-label": t(key, { title }), onclick: act }, sign);
  const less = (all) => (event) => doing(event.currentTarget, async () => { await api.sendEvent(state.user, item.item_id, "remove_from_cart"); take(item.item_id, { all }); await again(); }, () => t("cart.taken", { title }));
  const more = (event) => doing(event.currentTarget, async () => { await api.sendEvent(state.user, item.item_id, "add_to_cart"); put(item.item_id); await again(); }, () => t("carted", { title, outcome: "" }));
  return h("li", { "data-item": item.item_id }, art(item),
    h("div", {}, h("b", {}, h("a", { href: itemAddress(item.item_id), "data-link": true }, title)), h("p", { class: "meta" }, meta(item), !item.in_stock && [" · ", t("stock.out")])),
    h("div", { class: "steps" }, button("−", "cart.less", less(false)), h("span", { class: "num", "aria-label": t("cart.pieces", { n }) }, String(n)), button("+", "cart.more", more)),
    h("p", { class: "price num" }, price(item.price_minor === null ? null : item.price_minor * n)),
    button("×", "cart.remove", less(true)));
}

function till(rows, again) {
  const priced = rows.filter(({ item }) => item.price_minor !== null);
  const sum = priced.reduce((total, { item, n }) => total + item.price_minor * n, 0);
  const order = (event) => doing(event.currentTarget, async () => {
    await api.sendOrder(state.user, rows.map(({ item, n }) => ({ item_id: item.item_id, n })));
    clear();
    await again();
  }, (outcome) => t("ordered", { outcome }));
  return h("div", { class: "sum" },
    h("p", {}, t("cart.sum"), " ", h("b", { class: "price num" }, price(sum)), priced.length < rows.length && h("span", { class: "soft meta" }, " ", t("cart.unpriced", { n: rows.length - priced.length }))),
    h("button", { type: "button", class: "btn", onclick: order }, t("cart.order")));
}
