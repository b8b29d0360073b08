// What changed between two lists.
import { t } from "./i18n.js";

/** Compare two arrays of recommendations by item_id. */
export function compare(before, after) {
  const old = new Map(before.map((row) => [row.item_id, row]));
  const now = new Map(after.map((row) => [row.item_id, row]));
  const entered = after.filter((row) => !old.has(row.item_id));
  const left = before.filter((row) => !now.has(row.item_id));
  const moved = after
    .filter((row) => old.has(row.item_id) && old.get(row.item_id).rank !== row.rank)
    .map((row) => ({ row, before: old.get(row.item_id).rank, after: row.rank }));
  return { entered, left, moved, any: entered.length + left.length + moved.length > 0 };
}

/** One sentence for the live region. */
export function sentence(change) {
  if (!change.any) return t("changes.none");
  const parts = [
    change.entered.length && t("changes.entered", { n: change.entered.length }),
    change.left.length && t("changes.left", { n: change.left.length }),
    change.moved.length && t("changes.moved", { n: change.moved.length }),
  ].filter(Boolean);
  return parts.join(t("changes.join")) + t("changes.end");
}

/** One sentence for both lists: of all products, else of those not bought before. */
export function outcome(change) {
  if (change.main?.any || !change.new?.any) return change.main ? sentence(change.main) : "";
  return t("changes.in", { list: t("new.title"), change: sentence(change.new) });
}

/** Lines with a sign each, entered and left first. */
export function lines(change, limit = 8) {
  const all = [
    ...change.entered.map((row) => ["+", t("change.entered", { title: row.title, after: row.rank })]),
    ...change.left.map((row) => ["−", t("change.left", { title: row.title })]),
    ...change.moved.map(({ row, before, after }) => [before > after ? "▲" : "▼", t(before > after ? "change.up" : "change.down", { title: row.title, before, after })]),
  ];
  if (all.length <= limit) return all;
  return [...all.slice(0, limit - 1), ["…", t("change.more", { n: all.length - limit + 1 })]];
}

/** The badge of one row: its words, short and long; null where it stayed. */
export function badge(change, itemId) {
  if (change.entered.some((row) => row.item_id === itemId)) return [t("moved.new"), t("moved.new")];
  const move = change.moved.find(({ row }) => row.item_id === itemId);
  if (!move) return null;
  const n = Math.abs(move.before - move.after);
  const way = move.before > move.after ? "moved.up" : "moved.down";
  return [t(way, { n }), t(`${way}.long`, { n })];
}
