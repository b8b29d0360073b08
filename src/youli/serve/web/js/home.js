// The lists of recommendations and what they rest on.
import * as api from "./api.js";
import { art } from "./art.js";
import { sentence } from "./changes.js";
import { byId, h } from "./dom.js";
import { day, language, t } from "./i18n.js";
import { failure, ghosts, ignoreSwitch, itemAddress, sharedTitles } from "./parts.js";
import { shelf } from "./shelf.js";
import { LISTS, loadList, state } from "./store.js";
import { personalSwitch } from "./personal.js";
import { exchange, tile } from "./tiles.js";
import { on, who } from "./actions.js";

const N_SHELF = 5;
/** The element of each list. */
const LIST_IDS = { main: "list", new: "list-new" };

/** Show the page; resolves when the lists are there. */
export async function showHome(main) {
  const again = () => showHome(main);
  const list = h("ul", { class: "tiles", id: LIST_IDS.main, "aria-label": t("home.title") });
  const fresh = h("section", { class: "section", "aria-labelledby": "new-title", id: "new", hidden: true },
    h("div", { class: "head" }, h("h2", { id: "new-title" }, t("new.title")), h("p", {}, t("new.intro")), personalSwitch(again)),
    h("p", { class: "changes", hidden: true }),
    h("ul", { class: "tiles", id: LIST_IDS.new, "aria-label": t("new.title") }));
  const holder = h("div", { id: "list-holder" }, ghosts(10));
  const more = h("div", { id: "more" });
  const past = h("section", { class: "section", "aria-labelledby": "past-title", id: "past" });
  main.replaceChildren(
    h("div", { class: "head" }, h("p", { class: "kicker", id: "kicker" }, who(state.user)), h("h1", { tabindex: "-1" }, t("home.title")), h("p", { id: "intro" }, t("home.intro")), h("p", { class: "meta", id: "facts" }), personalSwitch(again)),
    h("p", { class: "changes", id: "changes", hidden: true }), holder, fresh, past, more);
  try {
    if (!state.rows.main) await loadList();
    if (!holder.isConnected) return;
    holder.replaceChildren(list);
    renderLists();
    await renderPast();
    more.replaceChildren(...shelves());
  } catch (error) {
    holder.replaceChildren(failure(error, () => showHome(main)));
  }
}

/** The lists below; those that rest on the shopper are left out where nothing about them may be used. */
function shelves() {
  const of = (name, user) => shelf(`list.${name}`, () => api.getShelf(name, user, language(), N_SHELF), { n: N_SHELF });
  const mine = state.personal ? [of("recently-viewed", state.user), of("buy-again", state.user)] : [];
  return [...mine, of("trending", null)];
}

/** Bring the lists and the history up to date with the state, where they are on the page. */
export async function refreshHome() {
  if (!byId("list")) return;
  renderLists();
  await renderPast();
}

function renderLists() {
  byId("new").hidden = !state.rows.new.length;
  const shared = sharedTitles(LISTS.flatMap((which) => state.rows[which]));
  for (const which of LISTS) renderList(which, shared);
}

function renderList(which, shared) {
  const list = byId(LIST_IDS[which]);
  const change = state.change[which];
  const rows = state.rows[which];
  const line = which === "main" ? byId("changes") : byId("new").querySelector(".changes");
  line.hidden = !change;
  if (change) line.replaceChildren(h("b", {}, t("changes.title")), h("span", {}, sentence(change)));
  exchange(list, rows.map((row) => tile(row, state.personal ? on : { ...on, dislike: null }, { change, which, shared })));
  if (which === "main" && !rows.length) list.replaceChildren(h("li", { class: "notice" }, h("h2", {}, t("list.empty.title")), h("p", {}, t("list.empty"))));
}

async function renderPast() {
  const past = byId("past");
  const user = state.user;
  const history = await api.getHistory(user, 12);
  if (!past.isConnected || user !== state.user) return;
  const focused = past.contains(document.activeElement) ? document.activeElement.dataset.switch : null;
  const facts = Object.entries(history.attributes).map(([name, value]) => `${name.replaceAll("_", " ")}: ${value}`).join(" · ");
  byId("kicker").textContent = [who(user), history.n_events && t("events", { n: history.n_events })].filter(Boolean).join(" · ");
  byId("facts").textContent = facts;
  byId("intro").textContent = t(!state.personal ? "home.intro.impersonal" : history.n_events ? "home.intro" : "home.intro.new");
  past.hidden = !state.personal;
  past.replaceChildren(
    h("div", { class: "head" }, h("h2", { id: "past-title" }, t("past.title")), h("p", {}, history.items.length ? t("past.intro") : t("past.empty")),
      state.ignored.length > 0 && h("p", {}, h("button", { type: "button", class: "text", onclick: on.restore }, t("past.restore")))),
    h("ul", { class: "past" }, history.items.map(pastItem)));
  if (focused) [...past.querySelectorAll("[data-switch]")].find((one) => one.dataset.switch === focused)?.focus({ preventScroll: true });
}

function pastItem(item) {
  const events = item.events;
  const counted = events.filter((event) => !event.taken_back);
  const words = !counted.length ? t("past.back") : counted.length > 1
    ? t("past.times", { n: counted.length, date: day(counted[0].timestamp) })
    : t("past.when", { event: t(`event.${counted[0].event}`), date: day(counted[0].timestamp) });
  return h("li", {}, art(item),
    h("div", { class: item.ignored || !counted.length ? "off" : null }, h("b", {}, h("a", { href: itemAddress(item.item_id), "data-link": true }, item.title)), h("p", { class: "meta" }, words)),
    counted.length > 0 && ignoreSwitch(item, item.ignored, (ignored) => on.ignore(item, ignored), "ignore.short"));
}
