// What the page shows now, and the one way in which it changes.
import * as api from "./api.js";
import { compare, outcome } from "./changes.js";
import { language } from "./i18n.js";

export const K = 10;
/** The lists of a shopper: all products, and those that were not bought before. */
export const LISTS = ["main", "new"];
const IMPERSONAL = "youli.impersonal";

const nothing = () => ({ rows: { main: null, new: [] }, change: { main: null, new: null }, lists: {}, ignored: [] });
/**
 * `rows`, `change` and `lists` (the id of a recommendation) by list; `rows.main` is null before the first answer. `personal` is
 * off where the page asks for the lists of `nobody`, of whom nothing is known.
 */
export const state = { shop: null, user: null, nobody: null, personal: localStorage.getItem(IMPERSONAL) === null, ...nothing() };
const watchers = new Set();

/** Be told when a list changed. */
export const watch = (watcher) => watchers.add(watcher);

/** For whom lists are asked: the shopper, or nobody. */
export const viewer = () => (state.personal ? state.user : state.nobody);

/** Lists for this shopper, or the same for everybody; all of them are asked for again. */
export function setPersonal(personal) {
  if (personal) localStorage.removeItem(IMPERSONAL);
  else localStorage.setItem(IMPERSONAL, "1");
  Object.assign(state, { personal, ...nothing() });
}

/** Fetch the lists afresh; with `compared`, say what changed since the ones before. */
export async function loadList({ compared = false } = {}) {
  const user = state.user;
  const asked = viewer();
  const wanted = state.shop.repeats ? LISTS : LISTS.slice(0, 1);
  const [main, fresh] = await Promise.all(wanted.map((which) => api.getList(asked, language(), K, which === "new")));
  if (user !== state.user || asked !== viewer()) return null;
  const rows = { main: main.recommendations, new: unlessSame(fresh?.recommendations ?? [], main.recommendations) };
  const since = (which) => (compared && state.rows[which]?.length && rows[which].length ? compare(state.rows[which], rows[which]) : null);
  state.change = { main: since("main"), new: since("new") };
  state.rows = rows;
  state.lists = { main: main.recommendation_id, new: fresh?.recommendation_id };
  state.ignored = main.ignored;
  for (const watcher of watchers) watcher();
  return state.change;
}

/** Of somebody who bought nothing both lists are one: it is shown once. */
const unlessSame = (rows, others) => (rows.length === others.length && rows.every((row, at) => row.item_id === others[at].item_id) ? [] : rows);

/** Do something at the server, rank again, and give the rows before and the change in words. */
export async function act(action) {
  if (!state.rows.main) await loadList();
  const before = state.rows;
  await action();
  const change = await loadList({ compared: true });
  return { before, outcome: change ? outcome(change) : "" };
}

/** Lists are asked for afresh when they are next looked at. */
export const forget = () => Object.assign(state, nothing());

/** Another shopper: everything about the one before is forgotten. */
export function setUser(user) {
  Object.assign(state, { user, ...nothing() });
}

/** The place of a product in a list, or null. */
export const placeOf = (itemId, which = "main") => state.rows[which]?.find((row) => row.item_id === itemId)?.rank ?? null;
