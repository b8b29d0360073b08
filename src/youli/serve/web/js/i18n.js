// Words, plurals, money, dates and numbers in the chosen language.
const LOCALES = { en: "en-GB", zh: "zh-CN" };
let words = {};
let lang = "en";
let money = { currency: "USD", minorPerMajor: 100 };

/** Load a language; everything said from now on is in it. `more` names further words, such as those of the console. */
export async function setLanguage(next, ...more) {
  const files = ["", ...more.map((name) => `${name}.`)];
  const read = await Promise.all(files.map(async (name) => (await fetch(`/assets/i18n/${name}${next}.json`)).json()));
  words = Object.assign({}, ...read);
  lang = next;
  document.documentElement.lang = next === "zh" ? "zh-CN" : "en";
}

export const language = () => lang;
export const setMoney = (currency, minorPerMajor) => { money = { currency, minorPerMajor }; };
export const knows = (key) => key in words || `${key}.other` in words;

/** The words of a key; `{name}` is filled in, `n` decides the plural. */
export function t(key, values = {}) {
  const plural = "n" in values ? `${key}.${new Intl.PluralRules(LOCALES[lang]).select(values.n)}` : key;
  const text = words[plural] ?? words[`${key}.other`] ?? words[key] ?? key;
  return text.replace(/\{([\w%]+)\}/g, (whole, name) => {
    const value = values[name];
    return value === undefined ? whole : typeof value === "number" ? count(value) : value;
  });
}

export const count = (n) => new Intl.NumberFormat(LOCALES[lang], { maximumFractionDigits: 3 }).format(n);
export const percent = (share, digits = 0) => new Intl.NumberFormat(LOCALES[lang], { style: "percent", maximumFractionDigits: digits }).format(share);
/** A share with a decimal where it is small. */
export const share = (value) => percent(value, value < 0.0995 ? 1 : 0);

/** A price; the words for an unknown one where it is null. */
export function price(minor) {
  if (minor === null || minor === undefined) return t("price.none");
  return new Intl.NumberFormat(LOCALES[lang], { style: "currency", currency: money.currency, currencyDisplay: "narrowSymbol" }).format(minor / money.minorPerMajor);
}

/** A day in UTC, as the shop counts. */
export const day = (iso) => new Intl.DateTimeFormat(LOCALES[lang], { dateStyle: "medium", timeZone: "UTC" }).format(new Date(iso));

/** How many decimals show the parts of a score well. */
export const digitsFor = (score) => (Math.abs(score) >= 100 ? 1 : Math.abs(score) >= 10 ? 2 : 3);

/** An amount with its sign: +0.120, −0.031. */
export function amount(value, digits) {
  const text = new Intl.NumberFormat(LOCALES[lang], { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(Math.abs(value));
  return `${value < 0 ? "−" : "+"}${text}`;
}
