// The search page: what was found and why, filters beside it, and what was perhaps meant.
import * as api from "./api.js";
import { on } from "./actions.js";
import { attributeName } from "./bars.js";
import { h } from "./dom.js";
import { language, t } from "./i18n.js";
import { address, failure, ghosts, sharedTitles } from "./parts.js";
import { personalSwitch } from "./personal.js";
import { state } from "./store.js";
import { tile } from "./tiles.js";
import { say } from "./toast.js";
import { showLedger } from "./why.js";

const K = 20;
const MOST_FACETS = 8;

const asked = () => { const query = new URLSearchParams(location.search); return { q: query.get("q") ?? "", filters: query.getAll("f") }; };

/** The address of a search with these filters. */
function searchAddress(q, filters) {
  const query = new URLSearchParams({ q });
  for (const filter of filters) query.append("f", filter);
  return `${address("/search")}&${query}`;
}

const fetchPage = ({ q, filters }, offset, more = {}) => api.search({ q, user: state.personal ? state.user : "", lang: language(), filter: filters.map((one) => `(${one})`).join(" and "), k: K, offset, facets: offset ? "" : state.shop.facets.slice(0, MOST_FACETS).join(","), ...more });

/** Show the page; resolves when the first results are there. Gives the title. */
export async function showSearch(main) {
  const wanted = asked();
  const again = () => showSearch(main);
  const holder = h("div", {}, ghosts(8));
  main.replaceChildren(h("div", { class: "head" }, h("h1", { tabindex: "-1" }, wanted.q ? t("search.title", { q: wanted.q }) : t("search.all")), personalSwitch(again)), holder);
  try {
    const found = await fetchPage(wanted, 0);
    if (holder.isConnected) holder.replaceChildren(...results(wanted, found));
  } catch (error) {
    holder.replaceChildren(failure(error, again));
  }
  return wanted.q ? t("search.title", { q: wanted.q }) : t("search.all");
}

function results(wanted, found) {
  const list = h("ul", { class: "tiles", id: "found", "aria-label": t("search.results") });
  const more = h("p", { class: "more" });
  let shown = 0;
  const add = (document) => {
    shown += document.recommendations.length;
    const shared = sharedTitles(document.recommendations);
    list.append(...document.recommendations.map((row) => tile(row, { ...on, dislike: null, why: () => explain(wanted, row) }, { which: "found", shared })));
    more.replaceChildren(...(shown < document.total ? [h("button", { type: "button", class: "quiet", onclick: next }, t("search.more", { n: document.total - shown }))] : []));
  };
  const next = async (event) => {
    if (event.currentTarget.ariaDisabled === "true") return;
    event.currentTarget.ariaDisabled = "true";
    const last = list.lastElementChild;
    try {
      add(await fetchPage(wanted, shown));
      last.nextElementSibling?.querySelector("a")?.focus();
    } catch (error) {
      more.replaceChildren(failure(error, () => next(event)));
    }
  };
  add(found);
  return [
    h("div", { class: "said", role: "status" },
      h("p", {}, found.browse ? t("search.browse") : t("search.total", { n: found.total })),
      found.did_you_mean && h("p", {}, t("search.meant"), " ", h("a", { href: searchAddress(found.did_you_mean, wanted.filters), "data-link": true }, found.did_you_mean)),
      found.corrections.map((one) => h("p", { class: "soft meta" }, t("search.corrected", { typed: one.typed, meant: one.meant.join(", ") }))),
      found.unknown.length > 0 && h("p", { class: "soft meta" }, t("search.unknown", { words: found.unknown.join(", ") })),
      found.cut && h("p", { class: "soft meta" }, t("search.cut"))),
    h("div", { class: "finding" },
      facets(wanted, found),
      h("div", {}, found.total ? list : h("div", { class: "notice" }, h("h2", {}, t("search.none")), h("p", {}, t("search.none.hint")), h("a", { class: "btn", href: address("/"), "data-link": true }, t("home.link"))), more)),
  ];
}

/** The ledger of one result, asked for when somebody wants to see it. */
async function explain(wanted, row) {
  try {
    const { recommendations: [full] } = await fetchPage(wanted, row.rank - 1, { k: 1, ledger: true, facets: "" });
    showLedger(full, t("search.place", { rank: row.rank, q: wanted.q }));
  } catch (error) {
    say(failure(error, () => {}).querySelector("p").textContent);
  }
}

/** Of the levels of the category only the first that still tells products apart. */
function useful(all) {
  const levels = all.filter(({ name }) => /^category \d+$/.test(name));
  const level = levels.find((one) => one.n_values > 1);
  return all.filter((one) => one.n_values > 1 && (one === level || !levels.includes(one)));
}

function facets(wanted, found) {
  const { q, filters } = wanted;
  const chosen = filters.map((filter) => h("li", {}, h("a", { class: "picked", href: searchAddress(q, filters.filter((one) => one !== filter)), "data-link": true, "aria-label": t("search.without", { filter: plain(filter) }) }, plain(filter), h("span", { "aria-hidden": "true" }, " ×"))));
  const groups = useful(found.facets).filter((facet) => facet.values.some((one) => one.filter && !filters.includes(one.filter))).map((facet) => h("details", { open: matchMedia("(min-width: 900px)").matches },
    h("summary", {}, attributeName(facet.name)),
    h("ul", {}, facet.values.filter((one) => one.filter && !filters.includes(one.filter)).slice(0, 10).map((one) => h("li", {}, h("a", { href: searchAddress(q, [...filters, one.filter]), "data-link": true }, one.value.split(" > ").at(-1)), h("span", { class: "num soft" }, String(one.count)))))));
  if (!chosen.length && !groups.length) return null;
  return h("aside", { class: "facets", "aria-label": t("search.filters") }, chosen.length > 0 && h("ul", { class: "chosen" }, chosen), groups);
}

/** A filter as a person would say it: the last part of each value, without the column. */
const plain = (filter) => [...filter.matchAll(/"([^"]*)"|(\d[\d.]*)/g)].map(([, text, number]) => (text ?? number).split(" > ").at(-1)).join(" – ") || filter;
