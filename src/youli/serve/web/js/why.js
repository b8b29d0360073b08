// The why panel: reasons, what it would take, past products with a switch each, and the sum.
// It speaks of one list: the one in which the product was asked about.
import * as api from "./api.js";
import { art } from "./art.js";
import { bars, byChannel, byEvidence } from "./bars.js";
import { compare, lines } from "./changes.js";
import { checkDetails, checkList } from "./checks.js";
import { byId, h } from "./dom.js";
import { amount, day, digitsFor, language, price, t } from "./i18n.js";
import { alike } from "./photo.js";
import { failure, ghosts, ignoreSwitch, meta } from "./parts.js";
import { act, K, LISTS, placeOf, state, viewer } from "./store.js";

const CITED = 6;
const LISTED = 9;
/** A past product with less than this share of the score is only counted, not named. */
const LEAST_SHARE = 0.01;
let open = null; // {item, which, cited, cards, body, outcome, place}

/** Open the panel for a product card; outside a list it speaks of the one that has the product. */
export async function openWhy(item, asked = null) {
  const which = asked ?? LISTS.find((one) => placeOf(item.item_id, one) !== null) ?? "main";
  const body = h("div", { class: "panel-in" }, ghosts(1));
  const outcome = h("div", { class: "outcome", role: "status", "aria-live": "polite" });
  open = { item, which, body, outcome, cited: new Map(), cards: {}, place: h("p", { class: "soft meta" }) };
  present(item);
  await refresh();
}

/** Show what one list says of a product, such as a result of a search: its reasons, its checks and its sum. */
export function showLedger(row, place) {
  const { item } = row;
  open = { item, which: "found", cited: new Map(), cards: {}, body: h("div", { class: "panel-in" }), outcome: null, place: h("p", { class: "soft meta" }, place) };
  open.body.append(reasonList(row.reasons), sum(row));
  present(item);
}

function present(item) {
  const dialog = byId("why");
  dialog.replaceChildren(
    h("div", { class: "panel-top" }, art(item),
      h("div", {}, h("h2", { id: "why-title" }, t("why.of", { title: item.title })), h("p", { class: "meta" }, [meta(item), price(item.price_minor)].filter(Boolean).join(" · ")), open.place),
      h("button", { type: "button", class: "close", "aria-label": t("panel.close"), onclick: () => dialog.close() }, "×")),
    open.body);
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
}

/** Esc, the cross and a click beside it close the panel; the focus goes back to the product. */
export function setUpWhy() {
  const dialog = byId("why");
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => {
    const tiles = [...document.querySelectorAll("main [data-item]")].filter((one) => one.dataset.item === open?.item.item_id);
    const tile = tiles.find((one) => one.dataset.list === open.which) ?? tiles[0];
    open = null;
    (tile?.querySelector('[data-act="why"]') ?? document.querySelector("main h1"))?.focus();
  });
}

async function refresh() {
  const mine = open;
  mine.body.setAttribute("aria-busy", "true");
  try {
    const why = await api.getWhy(viewer(), mine.item.item_id, language(), K, mine.which === "new");
    if (open === mine) render(why);
  } catch (error) {
    if (open === mine) mine.body.replaceChildren(failure(error, refresh));
  }
  mine.body.removeAttribute("aria-busy");
}

function render(why) {
  Object.assign(open.cards, why.cited);
  open.place.textContent = places(why);
  const focused = open.body.contains(document.activeElement) ? document.activeElement.dataset.switch : null;
  open.body.replaceChildren(...[because(why), cites(why), counter(why), sum(why), whole(why)].filter(Boolean));
  if (focused) [...open.body.querySelectorAll("[data-switch]")].find((one) => one.dataset.switch === focused)?.focus();
}

const listName = (which) => t(`list.${which}`);

/** The product's place in the list that the panel speaks of and, where it stands there too, in the other. */
function places(why) {
  const { item, which } = open;
  const here = placeOf(item.item_id, which) ?? why.rank;
  const other = LISTS.find((one) => one !== which);
  const there = placeOf(item.item_id, other);
  const words = (rank, one) => t("panel.rank", { rank, list: listName(one) });
  return [here === null ? t("panel.rank.none", { list: listName(which) }) : words(here, which), there !== null && words(there, other)].filter(Boolean).join(" · ");
}

/** What the tile says, in the panel's fuller version where it has one, then whatever else the panel has. A list varies its reasons. */
function reasonsOf(why) {
  const said = state.rows[open.which]?.find((row) => row.item_id === open.item.item_id)?.reasons ?? [];
  const full = new Map(why.reasons.map((reason) => [reason.text, reason]));
  return [...new Map([...said.map((reason) => full.get(reason.text) ?? reason), ...why.reasons].map((reason) => [reason.text, reason])).values()];
}

function because(why) {
  const list = reasonsOf(why);
  return h("section", {}, h("h3", {}, t(why.rank === null ? "panel.because.far" : "panel.because")), list.length ? reasonItems(list) : h("p", { class: "soft" }, t("panel.because.none")));
}

const reasonList = (list) => h("section", {}, h("h3", {}, t("panel.because")), list.length ? reasonItems(list) : h("p", { class: "soft" }, t("panel.because.none")));

const reasonItems = (list) => h("ul", { class: "because" }, list.map((reason) => h("li", {}, h("p", {}, reason.text || reason.chip), reason.photos && alike(reason.photos), checkDetails(reason.checks), opinion(reason))));

/** What the shopper thinks of a reason, apart from what they think of the product. */
function opinion(reason) {
  const { item, which } = open;
  const said = h("span", { class: "soft meta", "aria-live": "polite" });
  const buttons = ["helpful", "not_helpful", "wrong"].map((kind) => h("button", { type: "button", class: "text", "data-opinion": kind, "aria-pressed": "false", onclick: (event) => give(kind, event.currentTarget) }, t(`reason.${kind}`)));
  const give = async (kind, button) => {
    try {
      await api.sendFeedback({ user_id: state.user, item_id: item.item_id, kind, reason: (reason.text || reason.chip).slice(0, 2000), recommendation_id: state.lists[which] ?? null });
      for (const one of buttons) one.setAttribute("aria-pressed", String(one === button));
      said.textContent = t(`reason.${kind}.thanks`);
    } catch {
      said.textContent = t("reason.failed");
    }
  };
  return h("p", { class: "opinion" }, h("span", { class: "hidden" }, t("reason.ask")), buttons, said);
}

/** What each past product gives, largest first; those that were switched off here stay in sight. */
function cited(why) {
  const sums = new Map();
  for (const { evidence, amount: value } of why.ledger) {
    if (!evidence.item_id || !evidence.events?.length || evidence.item_id === open.item.item_id && evidence.kind !== "repurchase") continue;
    const one = sums.get(evidence.item_id) ?? { item_id: evidence.item_id, title: evidence.title, events: evidence.events, value: 0 };
    one.value += value;
    sums.set(evidence.item_id, one);
  }
  const found = [...sums.values()].sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
  const least = LEAST_SHARE * Math.abs(why.score);
  for (const one of found.slice(0, CITED)) if (Math.abs(one.value) >= least) open.cited.set(one.item_id, one);
  const off = new Set(why.ignored.map((one) => one.item_id));
  const shown = [...open.cited.values()].map((one) => ({ ...one, value: sums.get(one.item_id)?.value ?? 0, off: off.has(one.item_id) }));
  return { shown: shown.filter((one) => one.off || sums.has(one.item_id)), more: found.some((one) => !open.cited.has(one.item_id)) };
}

function cites(why) {
  const { shown, more } = cited(why);
  if (!shown.length) return null;
  const digits = digitsFor(why.score);
  return h("section", {}, h("h3", {}, t("panel.cites")), h("p", { class: "soft" }, t("panel.cites.intro")),
    h("ul", { class: "cites" }, shown.map((one) => h("li", {}, art(open.cards[one.item_id] ?? one),
      h("div", { class: one.off ? "off" : null }, h("b", {}, one.title), h("p", { class: "meta" }, one.title === open.item.title && one.item_id !== open.item.item_id && [t("item.number", { id: one.item_id }), " · "], when(one.events), " · ", one.off ? t("cite.off") : t("cite.amount", { amount: amount(one.value, digits) }))),
      ignoreSwitch(one, one.off, (ignored) => toggle([one], ignored))))),
    more && h("p", { class: "soft meta" }, t("panel.cites.more")),
    open.outcome);
}

function when(events) {
  const last = events.at(-1);
  return events.length > 1 ? t("past.times", { n: events.length, date: day(last.timestamp) }) : t("past.when", { event: t(`event.${last.event}`), date: day(last.timestamp) });
}

async function toggle(items, ignored) {
  const mine = open;
  let before;
  mine.body.setAttribute("aria-busy", "true");
  try {
    ({ before } = await act(async () => { for (const one of items) await api.setIgnored(state.user, one.item_id, ignored); }));
  } catch (error) {
    mine.outcome.replaceChildren(failure(error, () => toggle(items, ignored)));
    mine.body.removeAttribute("aria-busy");
    return;
  }
  if (open !== mine) return;
  await refresh();
  if (open === mine) tell(before[mine.which], state.rows[mine.which]);
}

/** Say what became of the list that the panel speaks of, this product first. */
function tell(rows, now) {
  const change = compare(rows, now);
  const rankIn = (list) => list.find((row) => row.item_id === open.item.item_id)?.rank ?? null;
  const [before, after] = [rankIn(rows), rankIn(now)];
  const list = listName(open.which);
  const here = after === null
    ? before !== null && t("panel.outcome.left", { list })
    : before === null ? t("panel.outcome.back", { after, list }) : before !== after && t("panel.outcome.here", { before, after });
  open.outcome.replaceChildren(
    h("b", {}, open.which === "main" ? t("changes.title") : t("changes.title.in", { list })),
    ...[here && h("p", {}, here)].filter(Boolean),
    change.any ? h("ul", {}, lines(change, 6).map(([sign, text]) => h("li", { "data-sign": sign }, text))) : h("p", {}, t("changes.none")));
}

function counter(why) {
  const found = why.counterfactual;
  const top = t(`top.${open.which}`, { k: K });
  if (!found || !found.valid) {
    if (why.rank === null) return null;
    return h("section", {}, h("h3", {}, t("panel.counter")), h("p", { class: "soft" }, open.which === "main" && found?.text || t("counter.none", { top })));
  }
  const removed = found.removed;
  const events = found.removed_events;
  return h("section", { class: "proof" }, h("h3", {}, t("panel.counter")),
    h("p", {}, t(events.every((one) => one.event === "purchase") ? "counter" : "counter.events", { n: events.length, top })),
    h("ul", {}, removed.map((one) => h("li", {}, one.title))),
    h("p", { class: "soft meta" }, found.rank_after === null ? t("counter.proof.out") : t("counter.proof", { before: found.rank_before, after: found.rank_after }), language() === "zh" ? "" : " ", found.minimal && t("counter.minimal")),
    h("button", { type: "button", class: "quiet", onclick: () => { for (const one of removed) remember(one, why); toggle(removed, true); } }, t("counter.try", { n: removed.length })));
}

/** Keep a product of the counterfactual among those with a switch. */
function remember(one, why) {
  if (open.cited.has(one.item_id)) return;
  const entry = why.ledger.find(({ evidence }) => evidence.item_id === one.item_id && evidence.events?.length);
  if (entry) open.cited.set(one.item_id, { item_id: one.item_id, title: one.title, events: entry.evidence.events, value: 0 });
}

function sum(why) {
  const digits = digitsFor(why.score);
  const evidence = h("div", {});
  const fill = (limit) => evidence.replaceChildren(bars(t("bars.evidence"), byEvidence(why.ledger, limit), why.score, "evidence"),
    ...(why.ledger.length > limit + 1 ? [h("button", { type: "button", class: "text", onclick: () => fill(Infinity) }, t("bars.all", { n: why.ledger.length }))] : []));
  fill(LISTED);
  const key = (kind, text) => h("span", {}, h("span", { class: `bar ${kind}`, "aria-hidden": "true" }, h("i")), text);
  return h("section", {}, h("h3", {}, t("panel.score")), h("p", { class: "soft" }, t("panel.score.intro")),
    h("p", { class: "key" }, key("plus", t("key.plus")), key("minus", t("key.minus"))),
    bars(t("bars.channel"), byChannel(why.ledger), why.score, "channel"),
    evidence,
    h("p", { class: "soft meta" }, t("bars.rounded", { digits })));
}

function whole(why) {
  return h("section", {}, why.checks?.length ? [h("h3", {}, t("panel.checks")), checkList(why.checks)] : [],
    h("p", { class: "soft meta" }, t("panel.foot", { version: state.shop.model_version, date: day(state.shop.data_until) })));
}
