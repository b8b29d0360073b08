// The few pictures on buttons; each button has a name of its own.
import { s } from "./dom.js";

const PATHS = {
  cart: "M3 4h2.2l2 11h10.6l2-8H6.2M9 19.5a.9.9 0 1 0 0 .01M17 19.5a.9.9 0 1 0 0 .01",
  search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M15.4 15.4 20 20",
  chat: "M4 5h16v11H10l-4.5 4v-4H4Z",
};

export const icon = (name) => s("svg", { class: "icon", viewBox: "0 0 24 24", width: 20, height: 20, "aria-hidden": "true", focusable: "false" }, s("path", { d: PATHS[name] }));
