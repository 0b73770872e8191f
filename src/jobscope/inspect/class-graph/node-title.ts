/** What a node of the class graph is called. Safe to print. */
import type { ClassNode } from "../../model/class-graph/class-graph-document.js";
import { safeText } from "../safe-text.js";

export function titleOf({ title, kind }: Pick<ClassNode, "title" | "kind">): string {
  if (title === null) return "(class not recorded)";
  return kind === "others" ? `(${title})` : safeText(title);
}
