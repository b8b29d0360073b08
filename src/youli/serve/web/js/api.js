// The only place that talks to the server. The session cookie travels by itself.
export class ApiError extends Error {
  constructor(status, code, requestId, detail = "") {
    super(code);
    /** What the server says of it, in its own words: for the console, whose people write rules and filters. */
    this.detail = detail;
    this.status = status;
    this.code = code;
    this.requestId = requestId;
  }
}

async function call(path, { method = "GET", params = {}, body, headers: more = {} } = {}) {
  const query = new URLSearchParams(params).toString();
  const headers = { "X-Youli-Page": "1", ...more };
  if (body) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(`/api${path}${query ? `?${query}` : ""}`, { method, headers, body: body && JSON.stringify(body) });
  } catch {
    throw new ApiError(0, "network", "");
  }
  if (answer.ok) return answer;
  const { error = {} } = await answer.json().catch(() => ({}));
  throw new ApiError(answer.status, error.code ?? "other", error.request_id ?? "", [error.message, error.hint].filter(Boolean).join(" "));
}

async function ask(path, options) {
  const answer = await call(path, options);
  return answer.status === 204 ? {} : answer.json().catch(() => ({}));
}

const id = encodeURIComponent;

/** A product's photo as a data address, which is all that the page's policy lets a picture have. */
export async function getPhoto(item) {
  const answer = await fetch(`/api/item/${id(item)}/photo`, { headers: { "X-Youli-Page": "1" } });
  if (!answer.ok) throw new ApiError(answer.status, "photo", "");
  const blob = await answer.blob();
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

export const getShop = () => ask("/shop");
export const getUsers = (prefix, limit) => ask("/users", { params: { prefix, limit } });
export const getHistory = (user, limit) => ask(`/user/${id(user)}/history`, { params: { limit } });
export const getList = (user, lang, k, onlyNew) => ask(`/recommend/${id(user)}`, { params: { lang, k, ledger: false, new: onlyNew } });
export const getWhy = (user, item, lang, k, onlyNew) => ask(`/explain/${id(user)}/${id(item)}`, { params: { lang, k, new: onlyNew } });
export const getItem = (item) => ask(`/item/${id(item)}`);
export const getSimilar = (item, lang, k) => ask(`/similar/${id(item)}`, { params: { lang, k } });
export const getTogether = (item, lang, k) => ask(`/bought-together/${id(item)}`, { params: { lang, k } });
export const sendEvent = (user, item, event) => ask("/events", { method: "POST", body: { user_id: user, item_id: item, event } });
export const setIgnored = (user, item, ignored) => ask("/ignore", { method: ignored ? "POST" : "DELETE", body: { user_id: user, item_id: item } });
export const restoreAll = (user) => ask("/ignore", { method: "DELETE", body: { user_id: user } });
export const getHow = () => ask("/how");
export const getCross = (items, lang, k) => ask(`/cart?${new URLSearchParams([...items.map((item) => ["item", item]), ["lang", lang], ["k", k], ["ledger", "false"]])}`);
export const getSuggestions = (q, lang) => ask("/suggest", { params: { q, lang } });
/** An order of the whole cart: one purchase a line. */
export const sendOrder = (user, lines) => {
  const order = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
  return ask("/events", { method: "POST", body: lines.map(({ item_id, n }) => ({ user_id: user, item_id, event: "purchase", quantity: n, order_id: order })) });
};
export const getListWithLedgers = (user, lang, k) => ask(`/recommend/${id(user)}`, { params: { lang, k } });

/** Show an administrator's key once; from then on a cookie that no script can read stands for it. */
export const signIn = (key) => ask("/session", { method: "POST", headers: { "X-API-Key": key } });
export const signOut = () => ask("/session", { method: "DELETE" });
export const getConsole = (path, params = {}) => ask(`/console${path}`, { params });
export const putEvaluation = (document) => ask("/console/evaluation", { method: "PUT", body: document });

export const sendFeedback = (said) => ask("/feedback", { method: "POST", body: said });
export const withdrawFeedback = (feedbackId) => ask(`/feedback/${id(feedbackId)}`, { method: "DELETE" });
/** Search; empty values are left out. */
export const search = (params) => ask("/search", { params: Object.fromEntries(Object.entries(params).filter(([, value]) => value !== "")) });

/** One of the further lists: `trending`, or of a shopper `recently-viewed`, `buy-again`, `new-for-you`. */
export const getShelf = (name, user, lang, k) => ask(`/${name}${user === null ? "" : `/${id(user)}`}`, { params: { lang, k, ledger: false } });

export const getProfile = (user) => ask(`/profile/${id(user)}`);
export const changeProfile = (user, changes) => ask(`/profile/${id(user)}`, { method: "PATCH", body: changes });
export const exportProfile = (user) => ask(`/profile/${id(user)}/export`);
export const eraseProfile = (user, confirm) => ask(`/profile/${id(user)}`, { method: "DELETE", params: { confirm } });
/** What a shopper said of products and reasons, taken back or not. */
export const getSaid = (user) => ask(`/user/${id(user)}/feedback`);
export const getAudit = (limit) => ask("/audit", { params: { limit } });
export const getRules = () => ask("/merchant-rules");
export const postRule = (rule) => ask("/merchant-rules", { method: "POST", body: rule });
export const putRule = (ruleId, rule) => ask(`/merchant-rules/${id(ruleId)}`, { method: "PUT", body: rule });
export const deleteRule = (ruleId) => ask(`/merchant-rules/${id(ruleId)}`, { method: "DELETE" });
export const previewRule = (asked) => ask("/merchant-rules/preview", { method: "POST", body: asked });
export const getKeys = () => ask("/keys");
export const postKey = (key) => ask("/keys", { method: "POST", body: key });
export const rotateKey = (keyId) => ask(`/keys/${id(keyId)}/rotate`, { method: "POST" });
export const revokeKey = (keyId) => ask(`/keys/${id(keyId)}`, { method: "DELETE" });

/** Say something; `heard` is told each event of the answer as it comes: its name and what it holds. */
export async function chat(message, heard) {
  const answer = await call("/chat", { method: "POST", body: message });
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read().catch(() => { throw new ApiError(0, "network", ""); });
    if (done) return;
    const parts = (rest + value).split(/\r?\n\r?\n/);
    rest = parts.pop();
    for (const part of parts) {
      const lines = part.split(/\r?\n/);
      const of = (name) => lines.filter((line) => line.startsWith(`${name}:`)).map((line) => line.slice(name.length + 1).trimStart()).join("\n");
      if (of("data")) heard(of("event"), JSON.parse(of("data")));
    }
  }
}
/** What is believed of each kind of reason, for a shopper. */
export const getTrust = (user) => ask(`/trust/${id(user)}`);
