/** `jobtrace graph`: which class of job enqueues which. */
import {
  classGraphDot,
  classGraphMermaid,
} from "../jobscope/inspect/class-graph/class-graph-pictures.js";
import { classGraphLines } from "../jobscope/inspect/class-graph/class-graph-text.js";
import { readClassGraph } from "../jobscope/inspect/class-graph/read-class-graph.js";
import { safeJson } from "../jobscope/inspect/safe-text.js";
import type { Command } from "./command.js";
import type { CommandLine } from "./command-line.js";
import type { Context } from "./context.js";
import { EXIT, type ExitCode } from "./exit-code.js";
import { JOB_FILTER_HELP, JOB_FILTER_OPTIONS, jobFilterOf } from "./job-filter-options.js";
import { listViewOf } from "./list-view.js";
import { windowOf } from "./looked-at-window.js";
import { lookingOf } from "./looking.js";
import { openReader } from "./open-store.js";
import { printAll } from "./print-all.js";
import { createProgress } from "./progress.js";
import { UsageError } from "./usage-error.js";
import { VIEW_HELP, VIEW_OPTIONS } from "./view-options.js";

const GRAPH_HELP = `jobtrace graph: which class of job enqueues which, and where it goes round

  jobtrace graph
  jobtrace graph --since=1h --waits
  jobtrace graph --dot --since=24h | dot -Tsvg -o jobs.svg
  jobtrace graph --json | jq '.cycles[] | select(.long)'

An arrow is "A enqueued B", with how often. Under the drawing stand the cycles: how often, and the
longest chain of real jobs that each enqueued the next. A cycle is a fact, not an error: a job that
polls enqueues itself. A chain longer than 50 is marked !.

Without --since: the 24 hours to the newest job in the store, or to --until. Filters choose the jobs
that were enqueued; who enqueued them is shown whatever it is.

  --waits                in each arrow also the median wait, from the push to the first attempt
  --dot                  for Graphviz
  --mermaid              a Mermaid flowchart
  --json                 one document, jobtrace.class-graph/v1
${JOB_FILTER_HELP}${VIEW_HELP}
One job and what it led to: jobtrace inspect <id> --graph.
`;

const FORMS = ["dot", "mermaid", "json"] as const;

export const graphCommand: Command = {
  name: "graph",
  help: GRAPH_HELP,
  options: {
    ...VIEW_OPTIONS,
    ...JOB_FILTER_OPTIONS,
    waits: { takes: "flag" },
    dot: { takes: "flag" },
    mermaid: { takes: "flag" },
  },
  takes: "none",
  endsOnSignal: true,
  run: graph,
};

async function graph(line: CommandLine, context: Context): Promise<ExitCode> {
  const asked = jobFilterOf(line, context);
  const [form, other] = FORMS.filter((each) => line.flag(each));
  if (other !== undefined) throw new UsageError(`--${form} and --${other}: ask for one of them`);
  const view = listViewOf(line, context);
  const reader = openReader(line, context);
  const progress = createProgress(context);
  try {
    const { filter, words } = await windowOf(reader, asked, view);
    const looking = lookingOf(progress, context);
    const document = await readClassGraph(reader, { filter, ...looking });
    progress.clear();
    if (context.signal.aborted) return EXIT.interrupted;
    if (form === "json") context.print(safeJson(document, 2));
    else if (form === "dot") await printAll(classGraphDot(document), context);
    else if (form === "mermaid") await printAll(classGraphMermaid(document), context);
    else {
      const lines = classGraphLines(document, words, { ...view, waits: line.flag("waits") });
      await printAll(lines, context);
    }
    return EXIT.done;
  } finally {
    progress.clear();
    await reader.close();
  }
}
