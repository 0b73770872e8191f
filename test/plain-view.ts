/** How text is laid out in tests unless they say otherwise: piped, without colour. */
import { PLAIN } from "../src/jobscope/inspect/style.js";
import type { View } from "../src/jobscope/inspect/view.js";

export const PIPED: View = {
  width: undefined,
  ascii: false,
  style: PLAIN,
  zone: "UTC",
  time: "offset",
  brief: false,
  full: false,
  attempt: undefined,
};
