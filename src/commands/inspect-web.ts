/** `jobtrace inspect <id> --web`: the collector's page of a job, in the reader's browser. */
import { request } from "node:http";
import { safeText } from "../jobscope/inspect/safe-text.js";
import type { View } from "../jobscope/inspect/view.js";
import type { Jid } from "../jobscope/model/ids.js";
import { StoreError } from "../jobscope/store/store-error.js";
import { openInBrowser } from "./browser.js";
import type { CommandLine } from "./command-line.js";
import type { Context } from "./context.js";
import { lookAtPort } from "./doctor/look-at-collector.js";
import { EXIT, type ExitCode } from "./exit-code.js";
import { serverFrom } from "./server-address.js";

/** @throws StoreError when no collector shows it. */
export async function openJobPage(
  jid: Jid,
  {
    line,
    view,
    context,
  }: { readonly line: CommandLine; readonly view: View; readonly context: Context },
): Promise<ExitCode> {
  const server = serverFrom(line, context);
  await checkListening(server);
  const attempt = view.attempt === undefined ? "" : `/attempts/${view.attempt}`;
  const json = line.flag("json") ? ".json" : "";
  const page = new URL(`/jobs/${encodeURIComponent(jid)}${attempt}${json}`, server);
  const status = await statusOf(page);
  if (status === 401)
    throw new StoreError(
      "unreadable",
      `the collector ${server.host} asks for a token, which a browser does not send: leave out --web`,
    );
  if (status === 404) {
    context.note(
      `jobtrace: the collector ${safeText(server.host)} has no page ${safeText(page.pathname)}: it writes to another store, or has no such attempt`,
    );
    return EXIT.no;
  }
  context.print(page.href);
  if (!(await openInBrowser(page.href, context.env)) && !line.flag("quiet"))
    context.note("jobtrace: no browser could be started: open that address, or set BROWSER");
  return EXIT.done;
}

/** @throws StoreError */
async function checkListening(server: URL): Promise<void> {
  const { answer, address } = await lookAtPort({ server, token: undefined });
  if (answer.kind === "jobtrace") return;
  const what =
    answer.kind === "nobody"
      ? `nothing listens on ${address} (${answer.reason})`
      : `what listens on ${address} is not jobtrace`;
  throw new StoreError(
    "unreadable",
    `${what}, and a page needs a collector: start one with jobtrace serve, or name it with JOBTRACE_SERVER=URL`,
  );
}

/** Of a large job the answer takes long; the browser will wait for it. */
const ANSWER_MS_MAX = 10_000;

/** undefined: it did not say in time. */
function statusOf(page: URL): Promise<number | undefined> {
  return new Promise((resolve) => {
    const asked = request(page, { method: "HEAD", timeout: ANSWER_MS_MAX }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asked.on("timeout", () => asked.destroy());
    asked.on("error", () => resolve(undefined));
    asked.end();
  });
}
