// The page of one product.
import * as api from "./api.js";
import { art } from "./art.js";
import { attributeName } from "./bars.js";
import { h } from "./dom.js";
import { language, price, t } from "./i18n.js";
import { address, failure, ghosts } from "./parts.js";
import { shelf } from "./shelf.js";
import { on } from "./actions.js";

const N_KIN = 5;

/** Show the page; resolves when product and kin are there. Gives the title. */
export async function showProduct(main, itemId) {
  const holder = h("div", {}, ghosts(1));
  main.replaceChildren(h("a", { class: "text", href: address("/"), "data-link": true }, "← ", t("product.back")), holder);
  try {
    const item = await api.getItem(itemId);
    if (!holder.isConnected) return null;
    holder.replaceChildren(about(item), shelf("product.together", () => api.getTogether(itemId, language(), N_KIN), { also: [item] }), shelf("product.similar", () => api.getSimilar(itemId, language(), N_KIN), { also: [item] }));
    return item.title;
  } catch (error) {
    holder.replaceChildren(failure(error, () => showProduct(main, itemId)));
    return null;
  }
}

function about(item) {
  const facts = Object.entries(item.attributes).filter(([name]) => !name.startsWith("category") && name !== "brand");
  return h("article", { class: "product", "data-item": item.item_id }, art(item),
    h("div", { class: "product-in" },
      h("p", { class: "meta" }, item.category.join(" › ")),
      h("h1", { tabindex: "-1" }, item.title),
      h("p", { class: "price num" }, item.in_stock ? price(item.price_minor) : t("stock.out")),
      h("div", { class: "acts" },
        h("button", { type: "button", class: "btn", "data-act": "buy", "aria-label": t("buy.of", { title: item.title }), onclick: (event) => on.buy(event, item) }, t("buy")),
        h("button", { type: "button", class: "quiet", "data-act": "cart", "aria-label": t("cart.of", { title: item.title }), onclick: (event) => on.cart(event, item) }, t("cart.long")),
        h("button", { type: "button", class: "quiet", "data-act": "why", "aria-haspopup": "dialog", "aria-label": t("why.of", { title: item.title }), onclick: () => on.why(item) }, t("why"))),
      h("dl", { class: "facts" },
        item.brand && [h("dt", {}, t("product.brand")), h("dd", {}, item.brand)],
        facts.map(([name, values]) => [h("dt", {}, attributeName(name)), h("dd", {}, values.join(", "))]))));
}
