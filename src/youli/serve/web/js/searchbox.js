// The search field in the header, with suggestions that the keyboard can reach.
import * as api from "./api.js";
import { h } from "./dom.js";
import { language, t } from "./i18n.js";
import { icon } from "./icons.js";
import { address } from "./parts.js";

const WAIT_MS = 120;

/** A combobox: arrows choose a suggestion, Enter searches, Esc closes. */
export function searchForm(go) {
  let timer = 0;
  let asked = 0;
  let at = -1;
  const list = h("ul", { class: "suggestions", id: "suggestions", role: "listbox", "aria-label": t("search.suggestions"), hidden: true });
  const field = h("input", { type: "search", id: "q", name: "q", autocomplete: "off", spellcheck: "false", maxlength: "300", placeholder: t("search.placeholder"),
    "aria-label": t("search.label"), role: "combobox", "aria-expanded": "false", "aria-controls": "suggestions", "aria-autocomplete": "list",
    value: location.pathname === "/search" ? new URLSearchParams(location.search).get("q") ?? "" : "" });
  const close = () => { list.hidden = true; field.setAttribute("aria-expanded", "false"); field.removeAttribute("aria-activedescendant"); at = -1; };
  const search = (text) => { clearTimeout(timer); asked += 1; close(); field.value = text; if (text.trim()) go(address("/search", { q: text.trim() })); };
  const choose = (place) => {
    const options = [...list.children];
    at = (place + options.length) % options.length;
    options.forEach((option, one) => option.setAttribute("aria-selected", String(one === at)));
    field.setAttribute("aria-activedescendant", options[at].id);
    field.value = options[at].dataset.text;
  };
  const suggest = async () => {
    const mine = ++asked;
    const text = field.value.trim();
    const found = text ? (await api.getSuggestions(text, language()).catch(() => ({ suggestions: [] }))).suggestions : [];
    if (mine !== asked || document.activeElement !== field) return;
    list.replaceChildren(...found.map(({ text: words }, place) => h("li", { role: "option", id: `suggestion-${place}`, "aria-selected": "false", "data-text": words, onpointerdown: (event) => { event.preventDefault(); search(words); } }, words)));
    at = -1;
    list.hidden = !found.length;
    field.setAttribute("aria-expanded", String(found.length > 0));
  };
  field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(suggest, WAIT_MS); });
  field.addEventListener("blur", close);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) { event.preventDefault(); close(); }
    if (!list.hidden && (event.key === "ArrowDown" || event.key === "ArrowUp")) { event.preventDefault(); choose(event.key === "ArrowDown" ? at + 1 : at < 0 ? -1 : at - 1); }
  });
  return h("form", { class: "search", role: "search", onsubmit: (event) => { event.preventDefault(); search(field.value); } }, field, list,
    h("button", { type: "submit", class: "quiet icon", "aria-label": t("search.go") }, icon("search")));
}
