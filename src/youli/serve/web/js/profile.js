// Your profile: what is believed and why, and everything that can be done about it.
import * as api from "./api.js";
import { doing, who } from "./actions.js";
import { art } from "./art.js";
import { attributeName } from "./bars.js";
import { h } from "./dom.js";
import { day, share, t } from "./i18n.js";
import { failure, ghosts, itemAddress } from "./parts.js";
import { clear } from "./cart.js";
import { forget, state } from "./store.js";
import { say } from "./toast.js";

const FIRST = 12;

/** Show the page; resolves when it is there. Gives the title. */
export async function showProfile(main) {
  const holder = h("div", { class: "how" }, ghosts(2));
  main.replaceChildren(h("div", { class: "head" }, h("p", { class: "kicker" }, who(state.user)), h("h1", { tabindex: "-1" }, t("profile.title")), h("p", {}, t("profile.intro"))), holder);
  await load(holder);
  return t("profile.title");
}

async function load(holder) {
  try {
    const user = state.user;
    const [profile, said] = await Promise.all([api.getProfile(user), api.getSaid(user)]);
    if (!holder.isConnected || user !== state.user) return;
    const focused = holder.contains(document.activeElement) ? document.activeElement.dataset.act : null;
    const again = () => load(holder);
    holder.replaceChildren(...[switches(profile, again), given(profile), interests(profile, again), declined(profile, said.feedback, again), yours(profile, again)].filter(Boolean));
    if (focused) [...holder.querySelectorAll("[data-act]")].find((one) => one.dataset.act === focused)?.focus({ preventScroll: true });
  } catch (error) {
    holder.replaceChildren(failure(error, () => load(holder)));
  }
}

/** Change the profile, then show what it is now; lists are asked for afresh when they are next looked at. */
const change = (button, changes, words, again) => doing(button, () => api.changeProfile(state.user, changes), (outcome) => `${words} ${outcome}`.trim()).then(again);

function switches(profile, again) {
  const on = profile.personalised;
  return h("section", {}, h("h2", {}, t("profile.whole")),
    h("button", { type: "button", class: "switch plain", role: "switch", "aria-checked": String(on), "data-act": "whole", onclick: (event) => change(event.currentTarget, { personalised: !on }, t(on ? "profile.off.done" : "profile.on.done"), again) }, t("profile.personal")),
    h("p", { class: "soft" }, t(on ? "profile.on" : "profile.off")));
}

function given(profile) {
  const facts = Object.entries(profile.attributes);
  if (!facts.length) return null;
  return h("section", {}, h("h2", {}, t("profile.given")), h("p", { class: "soft" }, t("profile.given.intro")),
    h("dl", { class: "facts" }, facts.map(([name, value]) => [h("dt", {}, name.replaceAll("_", " ")), h("dd", {}, String(value))])));
}

function interests(profile, again) {
  const list = h("ul", { class: "interests" });
  const more = h("p", {});
  const show = (n) => {
    list.replaceChildren(...profile.interests.slice(0, n).map((one) => interest(one, again)));
    more.replaceChildren(...(profile.interests.length > n ? [h("button", { type: "button", class: "text", onclick: () => show(Infinity) }, t("profile.all", { n: profile.interests.length }))] : []));
  };
  show(FIRST);
  return h("section", {}, h("h2", {}, t("profile.interests")), h("p", { class: "soft" }, t(profile.interests.length ? "profile.interests.intro" : "profile.interests.none")), list, more);
}

function interest(one, again) {
  const name = one.value.split(" > ").at(-1);
  const act = (choice, words) => h("button", { type: "button", class: "quiet", "data-act": `${words} ${one.attribute} ${one.value}`, "aria-label": t(`profile.${words}.of`, { name }), "aria-pressed": one.choice === "pinned" && words === "unpin" ? "true" : null,
    onclick: (event) => change(event.currentTarget, { interests: [{ attribute: one.attribute, value: one.value, choice }] }, t(`profile.${words}.done`, { name }), again) }, t(`profile.${words}`));
  const gone = one.choice === "deleted";
  return h("li", { class: gone ? "gone" : null, "data-interest": one.value },
    h("div", { class: "interest" },
      h("div", {}, h("b", {}, name), h("span", { class: "soft meta" }, " ", attributeName(one.attribute), one.choice === "pinned" && [" · ", t("profile.pinned")], gone && [" · ", t("profile.deleted")])),
      h("span", { class: "share", vars: { "--size": `${100 * one.share}%` }, "aria-hidden": "true" }, h("i")),
      h("p", { class: "meta" }, gone ? t("profile.rests.not") : t("profile.rests", { share: share(one.share), n: one.n_events, products: t("profile.products", { n: one.n_products }) })),
      one.because.length > 0 && h("details", {}, h("summary", {}, t("profile.because")), h("ul", { class: "plain" }, one.because.map((event) => h("li", {}, h("a", { href: itemAddress(event.item_id), "data-link": true }, event.title), " ", h("span", { class: "soft" }, t("past.when", { event: t(`event.${event.event}`), date: day(event.timestamp) }))))))),
    h("div", { class: "acts" }, gone ? act(null, "restore") : [one.choice === "pinned" ? act(null, "unpin") : act("pinned", "pin"), act("deleted", "delete")]));
}

/** Products that the shopper said are not for them, each of which may come back. */
function declined(profile, feedback, again) {
  if (!profile.declined.length) return null;
  const of = (item) => feedback.filter((one) => one.item_id === item && one.about === "item" && !one.withdrawn);
  return h("section", {}, h("h2", {}, t("profile.declined")), h("ul", { class: "past" }, profile.declined.map((item) => h("li", {}, art(item), h("div", {}, h("b", {}, item.title)),
    h("button", { type: "button", class: "quiet", "data-act": `back ${item.item_id}`, "aria-label": t("profile.back.of", { title: item.title }), onclick: (event) => doing(event.currentTarget, () => Promise.all(of(item.item_id).map((one) => api.withdrawFeedback(one.feedback_id))), (outcome) => t("liked", { title: item.title, outcome })).then(again) }, t("profile.back"))))));
}

/** Take it along, or have it erased, for which the id is asked again. */
function yours(profile, again) {
  const take = async () => {
    try {
      const held = await api.exportProfile(state.user);
      const link = h("a", { href: URL.createObjectURL(new Blob([JSON.stringify(held, null, 1)], { type: "application/json" })), download: "profile.json" });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10000);
      say(t("profile.export.done"));
    } catch {
      say(t("profile.export.failed"));
    }
  };
  const field = h("input", { type: "text", autocomplete: "off", spellcheck: "false", id: "confirm" });
  const button = h("button", { type: "submit", class: "btn danger", "data-act": "erase" }, t("profile.erase.go"));
  const wrong = h("p", { class: "soft", role: "status" });
  const erase = async (event) => {
    event.preventDefault();
    if (field.value !== state.user) { wrong.textContent = t("profile.erase.wrong"); field.focus(); return; }
    try {
      await api.eraseProfile(state.user, field.value);
      clear();
      forget();
      await again();
      say(t("profile.erase.done"));
    } catch {
      wrong.textContent = t("profile.erase.failed");
    }
  };
  return h("section", {}, h("h2", {}, t("profile.yours")),
    h("p", {}, h("button", { type: "button", class: "quiet", "data-act": "export", onclick: take }, t("profile.export"))), h("p", { class: "soft" }, t("profile.export.intro")),
    h("details", {}, h("summary", {}, t("profile.erase")),
      h("form", { class: "erase", onsubmit: erase }, h("p", {}, t("profile.erase.intro")), h("label", {}, t("profile.erase.confirm", { id: state.user }), field), wrong, button)));
}
