// Starts the page: shop, shopper, language, addresses.
import * as api from "./api.js";
import { art } from "./art.js";
import { byId, h } from "./dom.js";
import { count, day, language, setLanguage, setMoney, t } from "./i18n.js";
import { setNavigate, who } from "./actions.js";
import { refreshHome, showHome } from "./home.js";
import { address, failure, ghosts, itemAddress } from "./parts.js";
import { chatButton, endChat, setUpChat } from "./chat.js";
import { cartLink, showCount } from "./cart.js";
import { openPicker, setUpPicker } from "./picker.js";
import { searchForm } from "./searchbox.js";
import { loadList, setUser, state, watch } from "./store.js";
import { hush, setUpToast } from "./toast.js";
import { setUpWhy } from "./why.js";

const LANGUAGES = { en: "EN", zh: "中文" };

/** Addresses and what shows them; all but the first are fetched when they are asked for. */
const PAGES = [
  [/^\/item\/(.+)$/, async (main, item) => (await import("./product.js")).showProduct(main, item)],
  [/^\/search$/, async (main) => (await import("./search.js")).showSearch(main)],
  [/^\/cart$/, async (main) => (await import("./cartpage.js")).showCart(main)],
  [/^\/profile$/, async (main) => (await import("./profile.js")).showProfile(main)],
  [/^\/how$/, async (main) => (await import("./how.js")).showHow(main)],
  [/^/, showHome],
];

/** The language asked for by the address, chosen before, or of the browser. */
function firstLanguage() {
  const wanted = [new URLSearchParams(location.search).get("lang"), localStorage.getItem("youli.lang"), ...navigator.languages.map((one) => one.slice(0, 2))];
  return wanted.find((one) => one in LANGUAGES) ?? "en";
}

/** Keep shopper and language in the address, so that it can be passed on. */
function remember() {
  const query = new URLSearchParams(location.search);
  query.set("user", state.user);
  query.set("lang", language());
  history.replaceState(history.state, "", `${location.pathname}?${query}`);
}

function frame() {
  const { shop } = state;
  const link = (path, key) => h("a", { href: address(path), "data-link": true, "aria-current": location.pathname === path ? "page" : null }, t(key));
  byId("skip").textContent = t("skip");
  byId("top").replaceChildren(h("div", { class: "top-in" },
    h("a", { class: "brand", href: address("/"), "data-link": true, "aria-label": t("home", { name: shop.name }) }, h("span", { class: "seal", "aria-hidden": "true" }, "有理"), shop.name),
    searchForm(go),
    h("nav", { class: "nav", "aria-label": t("nav") }, link("/profile", "nav.profile"), link("/how", "nav.how"), cartLink(), chatButton()),
    h("button", { type: "button", class: "who", id: "who", "aria-haspopup": "dialog", "aria-label": t("shopper.choose", { who: who(state.user) }), onclick: openPicker }, art({ item_id: state.user, brand: state.user }), who(state.user)),
    h("div", { class: "group", role: "group", "aria-label": t("language") }, Object.entries(LANGUAGES).map(([lang, name]) => h("button", { type: "button", lang: lang === "zh" ? "zh-CN" : "en", "aria-pressed": String(lang === language()), "data-lang": lang, onclick: () => switchLanguage(lang) }, name))),
    shop.simulated && h("span", { class: "label", title: t("simulated.long") }, t("simulated"))));
  byId("foot").replaceChildren(h("p", {}, t("foot", { items: shop.n_items, users: shop.n_users, date: day(shop.data_until) }), " ", shop.simulated && t("simulated.long"), " ", link("/how", "nav.how.long")));
  showCount();
}

async function show({ focus = false } = {}) {
  const main = byId("main");
  const [pattern, view] = PAGES.find(([one]) => one.test(location.pathname));
  const [, part] = location.pathname.match(pattern);
  main.setAttribute("aria-busy", "true");
  frame();
  const shown = view(main, part && decodeURIComponent(part));
  if (focus) { scrollTo(0, 0); main.focus({ preventScroll: true }); }
  const title = await shown;
  main.removeAttribute("aria-busy");
  document.title = title ? `${title} · ${state.shop.name}` : state.shop.name;
  if (focus && document.activeElement === main) main.querySelector("h1")?.focus({ preventScroll: true });
}

function go(path) {
  history.pushState(null, "", path);
  byId("why").close();
  return show({ focus: true });
}

async function switchLanguage(lang) {
  endChat();
  await setLanguage(lang);
  localStorage.setItem("youli.lang", lang);
  hush();
  remember();
  if (state.rows.main) await loadList();
  await show();
  document.querySelector(`[data-lang="${lang}"]`).focus();
}

function chooseUser(user) {
  endChat();
  setUser(user);
  hush();
  remember();
  const shown = show();
  byId("who").focus();
  return shown;
}

function followLinks(event) {
  const link = event.target.closest("a[data-link]");
  if (!link || event.defaultPrevented || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  go(link.getAttribute("href"));
}

async function start() {
  const asking = Promise.all([api.getShop(), api.getUsers("", 3)]);
  asking.catch(() => {}); // told below, once there are words for it
  await setLanguage(firstLanguage());
  byId("main").replaceChildren(h("p", { class: "soft" }, t("loading")), ghosts(10));
  try {
    const [shop, { users, new_user_id }] = await asking;
    state.shop = shop;
    setMoney(state.shop.currency, state.shop.minor_per_major);
    const asked = new URLSearchParams(location.search).get("user");
    state.nobody = new_user_id;
    setUser(asked ?? (users[1] ?? users[0])?.user_id ?? new_user_id);
  } catch (error) {
    byId("main").replaceChildren(failure(error, start));
    return;
  }
  remember();
  await show();
}

setUpToast();
setUpWhy();
setUpChat();
setUpPicker(chooseUser);
setNavigate((itemId) => go(itemAddress(itemId)));
watch(refreshHome);
document.addEventListener("click", followLinks);
addEventListener("popstate", () => { byId("why").close(); show({ focus: true }); });
start();
