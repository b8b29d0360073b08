// Choosing the shopper through whose eyes the shop is seen.
import * as api from "./api.js";
import { art } from "./art.js";
import { byId, h } from "./dom.js";
import { day, t } from "./i18n.js";
import { failure } from "./parts.js";
import { state } from "./store.js";

const N_SHOWN = 8;
let choose = () => {};

export function setUpPicker(onchoose) {
  choose = onchoose;
  const dialog = byId("picker");
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
}

export async function openPicker() {
  const dialog = byId("picker");
  const people = h("ul", { class: "people", "aria-live": "polite" });
  let timer = 0;
  const find = h("input", { type: "search", id: "find", autocomplete: "off", spellcheck: "false", oninput: () => { clearTimeout(timer); timer = setTimeout(() => fill(people, find.value.trim()), 150); } });
  dialog.replaceChildren(
    h("div", { class: "picker-top" }, h("h2", { id: "picker-title" }, t("picker.title")),
      h("button", { type: "button", class: "close", "aria-label": t("panel.close"), onclick: () => dialog.close() }, "×"),
      h("label", {}, t("picker.search"), find)),
    people);
  dialog.showModal();
  find.focus();
  await fill(people, "");
}

async function fill(people, prefix) {
  try {
    const { users, new_user_id } = await api.getUsers(prefix, N_SHOWN);
    const rows = users.map((user) => person(user.user_id, t("shopper", { id: user.user_id }), about(user)));
    if (!prefix) rows.unshift(person(new_user_id, t("shopper.new"), t("picker.new")));
    people.replaceChildren(...(rows.length ? rows : [h("li", { class: "soft" }, t("picker.none"))]));
  } catch (error) {
    people.replaceChildren(h("li", {}, failure(error, () => fill(people, prefix))));
  }
}

function about(user) {
  const facts = Object.values(user.attributes).slice(0, 2);
  return [...facts, t("events", { n: user.n_events }), user.last_event && t("last", { date: day(user.last_event) })].filter(Boolean).join(" · ");
}

function person(id, name, line) {
  const pick = () => { byId("picker").close(); choose(id); };
  return h("li", {}, h("button", { type: "button", "aria-current": id === state.user ? "true" : null, onclick: pick }, art({ item_id: id, brand: id }), h("span", {}, h("b", {}, name), h("span", { class: "meta" }, line))));
}
