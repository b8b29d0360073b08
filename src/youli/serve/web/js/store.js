// What the page shows now, and the one way in which it changes.
import * as api from "./api.js";
import { compare, sentence } from "./changes.js";
import { language } from "./i18n.js";

export const K = 10;

export const state = { shop: null, user: null, list: null, change: null, ignored: [] };
const watchers = new Set();

/** Be told when the list changed. */
export const watch = (watcher) => watchers.add(watcher);

/** Fetch the list afresh; with `compared`, say what changed since the one before. */
export async function loadList({ compared = false } = {}) {
  const user = state.user;
  const answer = await api.getList(user, language(), K);
  if (user !== state.user) return null;
  state.change = compared && state.list ? compare(state.list, answer.recommendations) : null;
  state.list = answer.recommendations;
  state.ignored = answer.ignored;
  for (const watcher of watchers) watcher();
  return state.change;
}

/** Do something at the server, rank again, and give the change in words. */
export async function act(action) {
  if (!state.list) await loadList();
  await action();
  const change = await loadList({ compared: true });
  return { change, outcome: change ? sentence(change) : "" };
}

/** Another shopper: everything about the one before is forgotten. */
export function setUser(user) {
  Object.assign(state, { user, list: null, change: null, ignored: [] });
}

/** The place of a product in the list, or null. */
export const placeOf = (itemId) => state.list?.find((row) => row.item_id === itemId)?.rank ?? null;
