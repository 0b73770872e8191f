/** `jobtrace inspect <id> --graph`: what ran inside what, and who enqueued whom. */
import { dotLines } from "../jobscope/inspect/graph/dot-lines.js";
import { drawTree } from "../jobscope/inspect/graph/draw-tree.js";
import { graphDocument } from "../jobscope/inspect/graph/graph-document.js";
import { mermaidLines } from "../jobscope/inspect/graph/mermaid-lines.js";
import { CHAIN_LIMITS, readChain } from "../jobscope/inspect/graph/read-chain.js";
import { treeRows } from "../jobscope/inspect/graph/tree-rows.js";
import { safeJsonParts } from "../jobscope/inspect/json-parts.js";
import { shownAttempts } from "../jobscope/inspect/shown-attempts.js";
import type { View } from "../jobscope/inspect/view.js";
import type { JobDocument } from "../jobscope/model/job-document.js";
import { jobTree } from "../jobscope/model/tree/job-tree.js";
import type { JobStoreReader } from "../jobscope/store/job-store.js";
import type { CommandLine, OptionSpec } from "./command-line.js";
import type { Context } from "./context.js";
import { printAll } from "./print-all.js";
import { createProgress } from "./progress.js";
import { UsageError } from "./usage-error.js";

const FORMS = ["tree", "dot", "mermaid", "json"] as const;

export const GRAPH_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  graph: { takes: "optional", alone: "tree", offers: FORMS },
  depth: { takes: "text" },
  steps: { takes: "flag" },
};

export type GraphForm = (typeof FORMS)[number];

/** undefined: no graph was asked for. With --json it is the graph's JSON. */
export function graphForm(line: CommandLine): GraphForm | undefined {
  const form = line.choice("graph", FORMS);
  if (form === undefined && line.text("depth") !== undefined)
    throw new UsageError("--depth is for --graph: jobtrace inspect <id> --graph --depth=3");
  if (line.flag("steps") && form !== "dot") throw new UsageError("--steps is for --graph=dot");
  return form === "tree" && line.flag("json") ? "json" : form;
}

export interface GraphRequest {
  readonly form: GraphForm;
  readonly line: CommandLine;
  readonly view: View;
  readonly context: Context;
}

export async function showGraph(
  reader: JobStoreReader,
  document: JobDocument,
  { form, line, view, context }: GraphRequest,
): Promise<void> {
  const isFolded = !line.flag("no-fold");
  const depth = line.count("depth") ?? CHAIN_LIMITS.depth;
  const width = isFolded ? CHAIN_LIMITS.width : Number.POSITIVE_INFINITY;
  const progress = createProgress(context);
  const chain = await readChain(reader, document, { depth, width }, (jobs) =>
    progress.show(`reading the chain: ${jobs} jobs`),
  );
  progress.clear();
  const { attempts } =
    view.attempt === undefined ? document : shownAttempts(document, view.attempt);
  const tree = jobTree(document, attempts);
  switch (form) {
    case "json":
      await printAll(safeJsonParts(graphDocument(document, tree, chain)), context);
      return;
    case "dot":
      await printAll(dotLines(chain, line.flag("steps") ? tree : undefined, isFolded), context);
      return;
    case "mermaid":
      await printAll(mermaidLines(chain), context);
      return;
    case "tree":
      await printAll(drawTree(treeRows(document, tree, chain, { view, isFolded }), view), context);
  }
}
