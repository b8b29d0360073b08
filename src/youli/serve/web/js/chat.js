// Talking with the shop: questions in one's own words, answers with what they rest on.
import * as api from "./api.js";
import { on } from "./actions.js";
import { art } from "./art.js";
import { checkDetails } from "./checks.js";
import { byId, h } from "./dom.js";
import { icon } from "./icons.js";
import { language, price, t } from "./i18n.js";
import { itemAddress } from "./parts.js";
import { forget, loadList, state } from "./store.js";

const LONGEST = 500;
const SHOWN = 5;
let talk = { user: null, session: null };

/** The button that opens the panel. */
export const chatButton = () => h("button", { type: "button", class: "ask", id: "ask", "aria-haspopup": "dialog", "aria-expanded": "false", onclick: toggle }, icon("chat"), t("chat.open"));

/** Another shopper, another language: the conversation begins anew. */
export function endChat() {
  talk = { user: null, session: null };
  const panel = byId("chat");
  if (panel.open) panel.close();
  panel.replaceChildren();
}

export function setUpChat() {
  const panel = byId("chat");
  panel.addEventListener("close", () => { byId("ask")?.setAttribute("aria-expanded", "false"); byId("ask")?.focus(); });
  panel.addEventListener("keydown", (event) => { if (event.key === "Escape") { event.preventDefault(); panel.close(); } });
}

function toggle() {
  const panel = byId("chat");
  if (panel.open) { panel.close(); return; }
  if (!panel.hasChildNodes()) build(panel);
  panel.show();
  byId("ask").setAttribute("aria-expanded", "true");
  panel.querySelector("form input").focus();
}

function build(panel) {
  const log = h("div", { class: "talk", role: "log", "aria-live": "polite", "aria-label": t("chat.log"), tabindex: "0" });
  const field = h("input", { type: "text", maxlength: String(LONGEST), autocomplete: "off", "aria-label": t("chat.say"), placeholder: t("chat.say") });
  const send = (event) => { event.preventDefault(); const text = field.value.trim(); if (text && !log.ariaBusy) { field.value = ""; ask(log, { text }, text); } };
  panel.replaceChildren(
    h("div", { class: "chat-top" }, h("h2", { id: "chat-title" }, t("chat.title")), h("button", { type: "button", class: "close", "aria-label": t("panel.close"), onclick: () => panel.close() }, "×")),
    log,
    h("form", { class: "chat-say", onsubmit: send }, field, h("button", { type: "submit", class: "btn" }, t("chat.send"))));
  const starters = ["find", "me", "help"].map((name) => t(`chat.try.${name}`));
  log.append(h("div", { class: "theirs" }, h("p", {}, t("chat.hello")), h("p", { class: "chips" }, starters.map((words) => h("button", { type: "button", class: "quiet", onclick: () => ask(log, { text: words }, words) }, words)))));
}

/** Say something or take a part of the need out, and show the answer as it comes. */
async function ask(log, message, shown) {
  if (talk.user !== state.user) talk = { user: state.user, session: null };
  const mine = talk;
  byId("chat").querySelector("form input").focus(); // the chip that was pressed goes, the focus stays
  for (const old of log.querySelectorAll(".chips button")) old.disabled = true;
  if (shown) log.append(h("div", { class: "mine" }, h("p", {}, shown)));
  const words = h("p", {}, h("span", { class: "soft" }, "…"));
  const answer = h("div", { class: "theirs" }, words);
  log.append(answer);
  log.ariaBusy = "true";
  let said = "";
  try {
    await api.chat({ user_id: state.user, lang: language(), ...(mine.session ? { session: mine.session } : {}), ...message }, (event, data) => {
      if (mine !== talk) return;
      if (event === "token") { said += data.text; words.textContent = said; }
      if (event === "products" && data.products.length) answer.append(products(data.products));
      if (event === "evidence") answer.evidence = data.evidence;
      if (event === "chips" && data.chips.length) answer.append(chips(data.chips, log));
      if (event === "done") mine.session = data.session;
    });
    if (mine !== talk) return;
    const rests = answer.evidence ?? [];
    if (rests.length) answer.append(evidence(rests));
    if (rests.some((one) => one.kind === "change")) { forget(); await loadList(); }
  } catch (error) {
    words.textContent = t(error.code === "too_many_requests" ? "error.busy" : error.code === "network" ? "error.network" : "chat.failed");
  } finally {
    log.ariaBusy = null;
    log.scrollTop = answer.offsetTop - log.offsetTop - 12; // a long answer is read from its beginning
  }
}

const products = (rows) => h("ul", { class: "offers" }, rows.slice(0, SHOWN).map(({ item, title, item_id: id, reasons }) => h("li", { "data-item": id }, art(item),
  h("div", {}, h("a", { href: itemAddress(id), "data-link": true }, title), h("p", { class: "meta" }, price(item.price_minor), reasons[0] && [" · ", reasons[0].chip || reasons[0].text])),
  h("button", { type: "button", class: "quiet icon", "aria-label": t("cart.of", { title }), onclick: (event) => on.cart(event, item) }, icon("cart")))));

function chips(all, log) {
  const say = (chip) => h("button", { type: "button", class: chip.kind === "confirm" ? "btn" : "quiet", onclick: () => ask(log, { text: chip.say }, chip.label || chip.say) }, chip.label || chip.say);
  const need = (chip) => h("button", { type: "button", class: "quiet", "aria-label": t("chat.drop", { what: chip.label || chip.value }), onclick: () => ask(log, { text: "", drop: [chip.chip_id] }, t("chat.dropped", { what: chip.label || chip.value })) }, chip.label || chip.value, h("span", { "aria-hidden": "true" }, " ×"), !chip.applied && h("span", { class: "soft" }, " ", t("chat.unchecked")));
  return h("p", { class: "chips" }, all.map((chip) => (chip.kind === "need" ? need(chip) : say(chip))));
}

/** What an answer rests on, folded away; each piece with its checks. */
function evidence(all) {
  const piece = (one) => {
    const { text, checks } = one.kind === "reason" ? one.reason : one.kind === "answer" && one.answer ? one.answer : one;
    return h("li", {}, h("p", {}, text ?? t(`chat.evidence.${one.kind}`)), checks?.length > 0 && checkDetails(checks));
  };
  return h("details", { class: "rests" }, h("summary", {}, t("chat.rests", { n: all.length })), h("ul", {}, all.map(piece)));
}
