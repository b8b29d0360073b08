// One shopper or one product: history, lists with their ledgers, and how often a product was asked for.
import * as api from "../api.js";
import { art } from "../art.js";
import { attributeName, bars, byChannel, byEvidence } from "../bars.js";
import { checkDetails } from "../checks.js";
import { h } from "../dom.js";
import { count, day, language, price, t } from "../i18n.js";
import { columns } from "../plots.js";
import { figures, lookupAddress, mark, section, toProduct } from "./parts.js";

const K = 10;
const LISTED = 8;

export async function showLookup(put) {
  const asked = new URLSearchParams(location.search);
  const [user, item] = [asked.get("user"), asked.get("item")];
  const found = user ? await ofShopper(user) : item ? await ofProduct(item) : await some();
  put(section(t("lookup.ask"), h("div", { class: "fields" }, form("user", user), form("item", item))), found);
}

function form(kind, value) {
  const field = h("input", { type: "search", value: value ?? "", required: true, maxlength: "256", autocomplete: "off" });
  const link = h("a", { hidden: true, "data-link": true });
  return h("form", { class: "fields", onsubmit: (event) => { event.preventDefault(); link.href = lookupAddress(kind, field.value.trim()); link.click(); } }, h("label", {}, t(`lookup.${kind}`), field), link, h("button", { type: "submit", class: "quiet" }, t("lookup.go")));
}

async function some() {
  const { users } = await api.getUsers("", 8);
  return section(t("lookup.some"), h("ul", { class: "rows" }, users.map((one) => h("li", {}, h("a", { href: lookupAddress("user", one.user_id), "data-link": true }, t("shopper", { id: one.user_id })), h("span", { class: "soft" }, t("events", { n: one.n_events }))))));
}

async function ofShopper(user) {
  const [history, list] = await Promise.all([api.getHistory(user, 20), api.getListWithLedgers(user, language(), K)]);
  return [
    section(t("shopper", { id: user }), figures([[count(history.n_events), t("lookup.events")], ...Object.entries(history.attributes).map(([name, value]) => [String(value), name.replaceAll("_", " ")])]),
      h("ul", { class: "past" }, history.items.map((one) => h("li", {}, art(one), h("div", { class: one.ignored ? "off" : null }, h("b", {}, toProduct(one.item_id, one.title)), h("p", { class: "meta" }, t("past.times", { n: one.events.length, date: day(one.events[0].timestamp) }))))))),
    section(t("lookup.list"), h("p", { class: "soft" }, t("lookup.list.intro")), h("ul", { class: "ledgers" }, list.recommendations.map((row) => ledger(row)))),
  ];
}

function ledger(row) {
  return h("li", {}, h("h3", {}, `${row.rank}. `, toProduct(row.item_id, row.title), " ", row.promoted && mark(t("promoted"))),
    row.reasons.map((reason) => h("p", {}, reason.text || reason.chip)),
    checkDetails(row.reasons.flatMap((reason) => reason.checks)),
    bars(t("bars.channel"), byChannel(row.ledger), row.score, "channel"),
    h("details", {}, h("summary", {}, t("bars.evidence")), bars(t("bars.evidence"), byEvidence(row.ledger, LISTED), row.score, "evidence")));
}

async function ofProduct(item) {
  const [found, together, similar] = await Promise.all([api.getConsole(`/item/${encodeURIComponent(item)}`), api.getTogether(item, language(), 5), api.getSimilar(item, language(), 5)]);
  const { item: card, weeks } = found;
  const beside = (key, rows) => section(t(key), rows.length ? h("ul", { class: "ledgers" }, rows.map((row) => h("li", {}, h("h3", {}, toProduct(row.item_id, row.title)), row.reasons.slice(0, 1).map((reason) => h("p", { class: "soft" }, reason.text || reason.chip))))) : h("p", { class: "soft" }, t(`${key}.none`)));
  return [
    section(card.title, figures([[price(card.price_minor), t("lookup.price")], [count(found.n_events), t("lookup.events")], [count(found.n_shoppers), t("lookup.shoppers")], [t(card.in_stock ? "lookup.in" : "stock.out"), t("lookup.stock")]]),
      h("dl", { class: "facts" }, Object.entries(card.attributes).map(([name, values]) => [h("dt", {}, attributeName(name)), h("dd", {}, values.join(", "))])),
      weeks && columns(t("lookup.weeks"), weeks.ends.map((end) => day(end)), weeks.counts)),
    h("div", { class: "grid" }, beside("product.together", together.recommendations), beside("product.similar", similar.recommendations)),
  ];
}
