// Starts the console: sign in with an administrator's key, then one page for each thing to look at.
import * as api from "../api.js";
import { byId, h } from "../dom.js";
import { language, setLanguage, setMoney, t } from "../i18n.js";
import { failure, ghosts } from "../parts.js";
import { state } from "../store.js";
import { setUpToast } from "../toast.js";

const LANGUAGES = { en: "EN", zh: "中文" };
/** Pages in the order of the menu: the end of the address, and what shows it. */
const PAGES = {
  data: async () => (await import("./data.js")).showData,
  model: async () => (await import("./model.js")).showModel,
  drivers: async () => (await import("./drivers.js")).showDrivers,
  audit: async () => (await import("./audit.js")).showAudit,
  lookup: async () => (await import("./lookup.js")).showLookup,
  rules: async () => (await import("./rules.js")).showRules,
  live: async () => (await import("./live.js")).showLive,
  trust: async () => (await import("./trust.js")).showTrust,
  keys: async () => (await import("./keys.js")).showKeys,
};

const wanted = () => { const name = location.pathname.split("/")[2]; return name in PAGES ? name : "data"; };
let leave = () => {};

function firstLanguage() {
  const asked = [new URLSearchParams(location.search).get("lang"), localStorage.getItem("youli.lang"), ...navigator.languages.map((one) => one.slice(0, 2))];
  return asked.find((one) => one in LANGUAGES) ?? "en";
}

function frame({ signedIn }) {
  byId("skip").textContent = t("console.skip");
  byId("top").replaceChildren(h("div", { class: "top-in" },
    h("a", { class: "brand", href: "/console" }, h("span", { class: "seal", "aria-hidden": "true" }, "有理"), t("console.title", { name: state.shop?.name ?? "Youli" })),
    state.shop?.simulated && h("span", { class: "label" }, t("simulated")),
    h("a", { class: "quiet", href: "/" }, t("console.store")),
    h("div", { class: "group", role: "group", "aria-label": t("language") }, Object.entries(LANGUAGES).map(([lang, name]) => h("button", { type: "button", lang: lang === "zh" ? "zh-CN" : "en", "aria-pressed": String(lang === language()), onclick: () => switchLanguage(lang) }, name))),
    signedIn && h("button", { type: "button", class: "quiet", onclick: signOut }, t("console.out"))));
  byId("side").setAttribute("aria-label", t("console.menu"));
  byId("side").replaceChildren(...(signedIn ? Object.keys(PAGES).map((name) => h("a", { href: `/console/${name}`, "data-link": true, "aria-current": name === wanted() ? "page" : null }, t(`console.${name}`))) : []));
}

async function switchLanguage(lang) {
  await setLanguage(lang, "console");
  localStorage.setItem("youli.lang", lang);
  await (state.shop ? show() : askKey());
}

async function show({ focus = false } = {}) {
  const main = byId("main");
  const name = wanted();
  leave();
  leave = () => {};
  frame({ signedIn: true });
  document.title = `${t(`console.${name}`)} · ${state.shop.name}`;
  main.setAttribute("aria-busy", "true");
  main.replaceChildren(h("div", { class: "head" }, h("h1", { tabindex: "-1" }, t(`console.${name}`)), h("p", {}, t(`console.${name}.intro`))), ghosts(2));
  if (focus) { scrollTo(0, 0); main.querySelector("h1").focus({ preventScroll: true }); }
  const head = main.firstChild;
  try {
    const view = await PAGES[name]();
    const left = await view((...parts) => { if (head.isConnected) main.replaceChildren(head, ...parts.flat().filter(Boolean)); });
    if (head.isConnected) leave = left ?? (() => {}); else left?.();
  } catch (error) {
    if (error.status === 401 || error.status === 403) { state.shop = null; askKey(t("console.over")); return; }
    main.replaceChildren(head, failure(error, show));
  }
  main.removeAttribute("aria-busy");
}

/** Ask for the key. It goes to the server once and is not kept here: the server gives a cookie for it. */
function askKey(note = "") {
  frame({ signedIn: false });
  document.title = t("console.sign");
  const field = h("input", { type: "password", id: "key", autocomplete: "current-password", required: true, maxlength: "256" });
  const said = h("p", { role: "alert", class: "soft" }, note);
  const send = async (event) => {
    event.preventDefault();
    try {
      await api.signIn(field.value.trim());
      await enter();
    } catch (error) {
      said.textContent = t(error.status === 401 || error.status === 403 ? "console.wrong" : "console.unreachable");
      field.select();
    }
  };
  byId("main").replaceChildren(h("form", { class: "card stack", onsubmit: send }, h("h1", {}, t("console.sign")), h("p", { class: "soft" }, t("console.sign.intro")),
    h("label", {}, t("console.key"), field), said, h("button", { type: "submit", class: "btn" }, t("console.in"))));
  byId("main").removeAttribute("aria-busy");
  field.focus();
}

async function signOut() {
  leave();
  leave = () => {};
  state.shop = null;
  await api.signOut().catch(() => {});
  askKey();
}

async function enter() {
  state.shop = await api.getShop();
  setMoney(state.shop.currency, state.shop.minor_per_major);
  await show();
}

function followLinks(event) {
  const link = event.target.closest("a[data-link]");
  if (!link || event.defaultPrevented || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  history.pushState(null, "", link.getAttribute("href"));
  show({ focus: true });
}

async function start() {
  await setLanguage(firstLanguage(), "console");
  setUpToast();
  document.addEventListener("click", followLinks);
  addEventListener("popstate", () => { if (state.shop) show({ focus: true }); });
  try {
    await api.getConsole("/live", { limit: 1 });
  } catch {
    askKey();
    return;
  }
  await enter().catch((error) => byId("main").replaceChildren(failure(error, () => location.reload())));
}

start();
