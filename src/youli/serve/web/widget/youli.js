// <youli-recommendations> and <youli-why>: lists with checked reasons on any page of a shop.
// One module, no dependency. It speaks with the server that it was loaded from, by a page key.
const HERE = new URL(import.meta.url).origin;
const LOCALES = { en: "en-GB", zh: "zh-CN" };
/** Lists of the shopper of a token, and lists of nobody. */
const OF_SHOPPER = ["recommend", "recently-viewed", "buy-again", "new-for-you"];
const OF_PRODUCT = ["similar", "bought-together"];
const SHEET = new CSSStyleSheet();
SHEET.replaceSync(`
:host { display: block; color: inherit; font: inherit; --youli-accent: #27508f; --youli-line: rgb(128 128 128 / .35); --youli-round: 12px; }
:host([hidden]) { display: none; }
h2 { margin: 0 0 .7em; font-size: 1.25em; }
ul { list-style: none; margin: 0; padding: 0; }
.list { display: grid; gap: 14px; grid-template-columns: repeat(auto-fill, minmax(min(100%, 190px), 1fr)); }
.item { display: flex; flex-direction: column; gap: 6px; padding: 14px; border: 1px solid var(--youli-line); border-radius: var(--youli-round); min-width: 0; overflow-wrap: anywhere; }
img { inline-size: 100%; aspect-ratio: 4 / 3; object-fit: contain; background: #fff; border-radius: 8px; }
a { color: inherit; font-weight: 600; text-decoration: none; }
a:hover { text-decoration: underline; }
.price { font-weight: 600; }
.chip { margin: 0; padding: 5px 9px; border-inline-start: 3px solid var(--youli-accent); font-size: .86em; }
.mark { align-self: start; padding: 1px 8px; border: 1px solid var(--youli-line); border-radius: 6px; font-size: .78em; }
.acts { display: flex; gap: 12px; margin-top: auto; padding-top: 6px; flex-wrap: wrap; }
button { font: inherit; font-size: .88em; min-height: 32px; padding: 0; border: 0; background: none; color: inherit; text-decoration: underline; text-underline-offset: 3px; cursor: pointer; }
:focus-visible { outline: 3px solid var(--youli-accent); outline-offset: 2px; border-radius: 4px; }
.reasons { display: grid; gap: 10px; }
.reasons p { margin: 0; }
.soft { opacity: .75; font-size: .88em; }
table { inline-size: 100%; border-collapse: collapse; font-size: .92em; margin-top: 12px; }
caption { text-align: start; font-weight: 600; padding-bottom: 4px; }
th { text-align: start; font-weight: 400; padding: 4px 0; }
td { text-align: end; font-variant-numeric: tabular-nums; }
tfoot :is(th, td) { border-top: 1px solid currentColor; font-weight: 600; }
dialog { max-inline-size: min(560px, 92vw); border: 1px solid var(--youli-line); border-radius: 16px; padding: 20px 24px; color: CanvasText; background: Canvas; font: inherit; }
`);

function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const dictionaries = new Map(); // server and language → promise of words

/** What both elements share: the server, the key, the shopper's token and the words. */
class YouliElement extends HTMLElement {
  static observedAttributes = ["server", "page-key", "token", "user", "item", "items", "list", "lang", "k", "heading"];

  #round = 0;

  constructor() {
    super();
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [SHEET];
  }

  connectedCallback() { this.refresh(); }

  attributeChangedCallback(_name, before, after) { if (this.isConnected && before !== after) this.refresh(); }

  /** Ask again, as after an event that the page itself recorded. */
  async refresh() {
    const round = ++this.#round;
    await Promise.resolve(); // several attributes set at once are one question
    if (round !== this.#round || !this.isConnected) return;
    try {
      this.words = await this.#read();
      const content = await this.content();
      if (round === this.#round) this.shadowRoot.replaceChildren(...content);
    } catch (error) {
      if (round !== this.#round) return;
      this.shadowRoot.replaceChildren(); // a shop's page shows no faults of ours; its script may
      this.tell("error", { message: String(error.message ?? error) });
    }
  }

  get server() { return this.getAttribute("server") ?? HERE; }

  get lang() {
    const asked = this.getAttribute("lang") ?? this.closest("[lang]")?.getAttribute("lang") ?? "en";
    return asked.toLowerCase().startsWith("zh") ? "zh" : "en";
  }

  set lang(value) { this.setAttribute("lang", value); }

  t(key, values = {}) { return (this.words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole); }

  /** Ask the server; `body` makes it a POST. */
  async ask(path, params = {}, body = null) {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(params)) for (const one of [value].flat()) query.append(name, one);
    const answer = await this.#fetch(`/api${path}?${query}`, body ? { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } } : {});
    return answer.json();
  }

  /** A product's photo, asked for with the key and shown from memory. */
  photo(item) {
    const picture = h("img", { alt: "", width: 160, height: 120 });
    this.#fetch(`/api/item/${encodeURIComponent(item.item_id)}/photo`).then((answer) => answer.blob()).then((blob) => {
      picture.src = URL.createObjectURL(blob);
      picture.onload = () => URL.revokeObjectURL(picture.src);
    }, () => picture.remove());
    return picture;
  }

  price(minor, currency, perMajor) {
    return minor === null ? this.t("price.none") : new Intl.NumberFormat(LOCALES[this.lang], { style: "currency", currency, currencyDisplay: "narrowSymbol" }).format(minor / perMajor);
  }

  tell(name, detail) { return this.dispatchEvent(new CustomEvent(`youli-${name}`, { detail, bubbles: true, composed: true, cancelable: true })); }

  async #fetch(path, options = {}) {
    const headers = { ...options.headers, "X-API-Key": this.getAttribute("page-key") ?? "" };
    if (this.hasAttribute("token")) headers["X-Youli-Shopper"] = this.getAttribute("token");
    const answer = await fetch(this.server + path, { ...options, headers, credentials: "omit" });
    if (answer.ok) return answer;
    const { error } = await answer.json().catch(() => ({}));
    throw new Error(error?.message ?? `HTTP ${answer.status}`);
  }

  #read() {
    const address = `${this.server}/assets/i18n/widget.${this.lang}.json`;
    if (!dictionaries.has(address)) dictionaries.set(address, fetch(address, { credentials: "omit" }).then((answer) => answer.json()));
    return dictionaries.get(address);
  }
}

/** A list. `list` names it; `link` is the address of a product's page with {id} in it. */
class YouliRecommendations extends YouliElement {
  async content() {
    const name = this.getAttribute("list") ?? "recommend";
    const [found, shop] = await Promise.all([this.#list(name), this.ask("/shop")]);
    const rows = found.recommendations;
    this.hidden = !rows.length;
    const heading = this.getAttribute("heading") ?? this.t(`list.${name}`);
    return [h("section", { "aria-label": heading }, h("h2", {}, heading), h("ul", { class: "list" }, rows.map((row) => this.#item(row, shop, found))))];
  }

  #list(name) {
    const params = { lang: this.lang, k: this.getAttribute("k") ?? "6", ledger: "false" };
    if (OF_SHOPPER.includes(name)) return this.ask(`/${name}/${encodeURIComponent(this.getAttribute("user") ?? "")}`, params);
    if (OF_PRODUCT.includes(name)) return this.ask(`/${name}/${encodeURIComponent(this.getAttribute("item") ?? "")}`, params);
    if (name === "cart") return this.ask("/cart", { ...params, item: (this.getAttribute("items") ?? "").split(",").filter(Boolean) });
    return this.ask(`/${name}`, params);
  }

  #item(row, shop, found) {
    const { item_id: id, title, item, reasons } = row;
    const mine = this.hasAttribute("token") && this.hasAttribute("user");
    const address = (this.getAttribute("link") ?? "#{id}").replace("{id}", encodeURIComponent(id));
    const open = (event) => {
      if (mine) this.ask("/events", {}, { user_id: this.getAttribute("user"), item_id: id, event: "select_item", recommendation_id: found.recommendation_id }).catch(() => {});
      if (!this.tell("select", { item_id: id, recommendation_id: found.recommendation_id })) event.preventDefault();
    };
    const dislike = async () => {
      await this.ask("/feedback", {}, { user_id: this.getAttribute("user"), item_id: id, kind: "not_for_me", recommendation_id: found.recommendation_id });
      this.tell("feedback", { item_id: id, kind: "not_for_me" });
      await this.refresh();
    };
    return h("li", { class: "item", part: "item", "data-item": id },
      item.has_photo && this.photo(item), h("a", { href: address, part: "link", onclick: open }, title),
      row.promoted && h("span", { class: "mark" }, this.t("promoted")),
      reasons.slice(0, 1).map((reason) => h("p", { class: "chip", part: "reason" }, reason.chip || reason.text)),
      h("span", { class: "price" }, this.price(item.price_minor, shop.currency, shop.minor_per_major)),
      mine && h("div", { class: "acts" },
        h("button", { type: "button", "aria-label": this.t("why.of", { title }), onclick: () => this.#why(id) }, this.t("why")),
        h("button", { type: "button", "aria-label": this.t("dislike.of", { title }), onclick: () => dislike().catch((error) => this.tell("error", { message: error.message })) }, this.t("dislike"))));
  }

  #why(id) {
    const why = h("youli-why", { item: id });
    for (const name of ["server", "page-key", "token", "user", "lang"]) if (this.hasAttribute(name)) why.setAttribute(name, this.getAttribute(name));
    const dialog = h("dialog", { "aria-label": this.t("why") }, why, h("button", { type: "button", onclick: () => dialog.close() }, this.t("close")));
    dialog.addEventListener("close", () => dialog.remove());
    this.shadowRoot.append(dialog);
    dialog.showModal();
    this.tell("why", { item_id: id });
  }
}

/** Why one product is listed for the shopper: checked reasons, each to be judged, and the sum. */
class YouliWhy extends YouliElement {
  async content() {
    const [user, id] = [this.getAttribute("user") ?? "", this.getAttribute("item") ?? ""];
    const why = await this.ask(`/explain/${encodeURIComponent(user)}/${encodeURIComponent(id)}`, { lang: this.lang });
    const heading = this.getAttribute("heading") ?? this.t("why.of", { title: why.title });
    return [h("section", { "aria-label": heading }, h("h2", {}, heading),
      why.reasons.length ? h("ul", { class: "reasons" }, why.reasons.map((reason) => this.#reason(reason, user, id))) : h("p", { class: "soft" }, this.t("none")), this.#sum(why))];
  }

  #reason(reason, user, id) {
    const said = h("span", { class: "soft", role: "status" });
    const text = reason.text || reason.chip;
    const judge = (kind) => h("button", { type: "button", onclick: async () => {
      try {
        await this.ask("/feedback", {}, { user_id: user, item_id: id, kind, reason: text.slice(0, 2000) });
        said.textContent = this.t("thanks");
        this.tell("feedback", { item_id: id, kind });
      } catch (error) { this.tell("error", { message: error.message }); }
    } }, this.t(kind));
    const passed = reason.checks.filter((check) => check.passed).length;
    return h("li", {}, h("p", { part: "reason" }, text), h("p", { class: "soft" }, this.t("checks", { passed, n: reason.checks.length })), h("div", { class: "acts" }, ["helpful", "not_helpful", "wrong"].map(judge), said));
  }

  #sum(why) {
    const sums = new Map();
    for (const { channel, amount } of why.ledger) sums.set(channel, (sums.get(channel) ?? 0) + amount);
    const form = (value) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(3)}`;
    const rows = [...sums].sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]));
    return h("table", {}, h("caption", {}, this.t("sum")), h("tbody", {}, rows.map(([channel, value]) => h("tr", {}, h("th", { scope: "row" }, this.t(`channel.${channel}`).replace(/^channel\./, "")), h("td", {}, form(value))))),
      h("tfoot", {}, h("tr", {}, h("th", { scope: "row" }, this.t("total")), h("td", {}, form(why.score)))));
  }
}

customElements.define("youli-recommendations", YouliRecommendations);
customElements.define("youli-why", YouliWhy);
