/** Looks at the collector and its store from outside: takes no lock, changes nothing. */
import { accessSync, constants, statfsSync } from "node:fs";
import { request } from "node:http";
import type {
  CollectorFacts,
  Listening,
  StoreFacts,
} from "../../jobscope/model/doctor/collector-facts.js";
import type { UnixNano } from "../../jobscope/model/time.js";
import { describeStore } from "../../jobscope/store/describe-store.js";
import { StoreError } from "../../jobscope/store/store-error.js";
import { logFolder } from "../../jobscope/store/store-folder.js";
import { indexBatch } from "../../processor/batch-index.js";
import { formatAddress, type ListenAddress } from "../../receiver/listen-address.js";
import { noticesIn, STATUS_PATH } from "./collector-status.js";
import { holderOfPort } from "../port-holder.js";
import { forwardProgress } from "../store-forwarding.js";

export interface CollectorQuestion extends ServerQuestion {
  readonly store: string;
  /** Bytes. */
  readonly freeMin: number;
}

export interface ServerQuestion {
  readonly server: URL;
  readonly token: string | undefined;
  /** Notices before do not count: what they tell of may be mended. */
  readonly since: UnixNano;
}

export async function lookAtCollector(question: CollectorQuestion): Promise<CollectorFacts> {
  const store = lookAtStore(question);
  const peers = store.kind === "missing" ? [] : await forwardProgress(question.store);
  return {
    ...(await lookAtServer(question)),
    store,
    forwards: peers.map(({ status, backlog }) => ({
      name: status.name,
      state: status.state,
      reason: status.reason,
      waiting: backlog.spanCount,
      rejected: status.rejectedSpans,
    })),
  };
}

/** What is seen of it from another machine. */
export async function lookAtServer(
  question: ServerQuestion,
): Promise<Pick<CollectorFacts, "listening" | "notices">> {
  const listening = await lookAtPort(question);
  const isThere = listening.answer.kind === "jobtrace";
  return { listening, notices: isThere ? await askForNotices(question) : [] };
}

/** Where a collector would be asked that listens there: on all addresses is on this machine's own. */
export function serverOf(listen: readonly ListenAddress[]): URL {
  const [first] = listen;
  const { host, port } = first ?? { host: "127.0.0.1", port: 4318 };
  const own = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return new URL(`http://${formatAddress({ host: own, port })}`);
}

const GREETING = /^jobtrace (\S+) is listening/;
const ANSWER_TIMEOUT_MS = 3000;
/** Of a document of every check, many times over. */
const ANSWER_BYTES_MAX = 1024 * 1024;

/** Who answers there. */
export async function lookAtPort({
  server,
  token,
}: Pick<ServerQuestion, "server" | "token">): Promise<Listening> {
  const address = server.host;
  try {
    const text = await answerOf(server, token);
    const [, version] = GREETING.exec(text) ?? [];
    if (version !== undefined) return { address, answer: { kind: "jobtrace", version } };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    // Whoever hangs up or says nothing that is HTTP is there all the same.
    if (/ECONNREFUSED|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN/.test(code))
      return { address, answer: { kind: "nobody", reason: REASONS[code] ?? code } };
  }
  const holder = await holderOfPort(Number(server.port || 80));
  return { address, answer: { kind: "other", name: holder?.name, pid: holder?.pid } };
}

async function askForNotices({
  server,
  token,
  since,
}: ServerQuestion): Promise<CollectorFacts["notices"]> {
  try {
    const notices = noticesIn(await answerOf(new URL(STATUS_PATH, server), token));
    return notices.filter(({ lastAt }) => lastAt >= since);
  } catch {
    // It ended just now, which the next look tells.
    return [];
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ENOTFOUND: "no such host",
  EAI_AGAIN: "no such host",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the host cannot be reached",
};

export function answerOf(
  server: URL,
  token: string | undefined,
  timeout = ANSWER_TIMEOUT_MS,
): Promise<string> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return new Promise((resolve, reject) => {
    const asked = request(server, { headers, timeout }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
        if (text.length > ANSWER_BYTES_MAX) response.destroy();
      });
      response.on("close", () => resolve(text));
      response.on("error", reject);
    });
    asked.on("timeout", () => asked.destroy(new Error("no answer")));
    asked.on("error", reject);
    asked.end();
  });
}

function lookAtStore({ store: path, freeMin }: CollectorQuestion): StoreFacts {
  try {
    const { newest, damage, missingRecordCount } = describeStore(path, indexBatch);
    return {
      kind: "found",
      path,
      isWritable: isWritable(path),
      free: freeBytes(path),
      freeMin,
      newest,
      damage: Math.max(damage.length, missingRecordCount > 0 ? 1 : 0),
    };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return { kind: "missing", path, reason: error.message };
  }
}

function isWritable(path: string): boolean {
  try {
    for (const folder of [path, logFolder(path)]) accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function freeBytes(path: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}
