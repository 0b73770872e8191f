/**
 * The shop of test/sidekiq/shop: a real Sidekiq process and a real client that enqueues, and what truly happened to
 * each job, taken from Sidekiq's own log and not from any span.
 */
import { execFile } from "node:child_process";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { type Child, startChild } from "./child.js";

const FOLDER = resolve("test/sidekiq");

export interface ShopSettings {
  readonly propagation: "link" | "child" | "none";
  readonly endpoint: string;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly billingUrl: string;
}

/** What the client enqueued: see shop/client.rb. */
export interface EnqueuedJids {
  readonly invoice: string;
  readonly checkout: string;
  readonly charge: string;
  readonly rollback: string;
  readonly bulk: readonly string[];
  readonly scheduled: string;
  readonly welcome: string;
}

/** One attempt as Sidekiq logged it. */
export interface LoggedAttempt {
  readonly jid: string;
  readonly class: string;
  readonly outcome: "done" | "fail";
}

export interface Worker {
  /** Resolves once this many attempts have ended, with all of them, in order of their end. */
  attempts(count: number): Promise<readonly LoggedAttempt[]>;
  /** What it wrote to its log so far. */
  logLines(): readonly string[];
  stop(): Promise<number | null>;
}

/** Sidekiq starts its jobs' threads before it says anything that could be waited for, and needs none of it: jobs wait. */
export function startWorker(settings: ShopSettings): Worker {
  const queues = ["-q", "default", "-q", "mailers", "-c", "3"];
  const command = ["exec", "sidekiq", "-r", join(FOLDER, "shop/worker.rb"), ...queues];
  const child: Child = startChild("bundle", command, { env: shopEnv(settings, "worker") });
  return {
    attempts: (count) =>
      child.wait(`the end of ${count} attempts`, (lines) => {
        const ended = lines.flatMap(loggedAttempt);
        return ended.length < count ? undefined : ended;
      }),
    logLines: () => child.lines.filter((line) => line.startsWith("{")),
    stop: () => child.stop("SIGTERM"),
  };
}

export async function enqueueJobs(settings: ShopSettings): Promise<EnqueuedJids> {
  const client = ["exec", "ruby", join(FOLDER, "shop/client.rb")];
  const env = { ...process.env, ...shopEnv(settings, "web") };
  const { stdout } = await promisify(execFile)("bundle", client, { env });
  // OpenTelemetry and Sidekiq print to stdout too, before.
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as EnqueuedJids;
}

function shopEnv(settings: ShopSettings, service: string): Readonly<Record<string, string>> {
  return {
    OTEL_EXPORTER_OTLP_ENDPOINT: settings.endpoint,
    OTEL_SERVICE_NAME: `shop-${service}-${settings.propagation}`,
    PROPAGATION_STYLE: settings.propagation,
    DATABASE_URL: settings.databaseUrl,
    REDIS_URL: settings.redisUrl,
    BILLING_URL: settings.billingUrl,
    // As in install.sh.
    BUNDLE_GEMFILE: join(FOLDER, "Gemfile"),
    BUNDLE_APP_CONFIG: join(FOLDER, "vendor/.bundle"),
    BUNDLE_PATH: join(FOLDER, "vendor"),
    BUNDLE_FROZEN: "true",
  };
}

function loggedAttempt(line: string): readonly LoggedAttempt[] {
  if (!line.startsWith("{")) return [];
  const { msg, ctx } = JSON.parse(line) as {
    readonly msg: string;
    readonly ctx?: { readonly jid: string; readonly class: string };
  };
  if (ctx === undefined || (msg !== "done" && msg !== "fail")) return [];
  return [{ jid: ctx.jid, class: ctx.class, outcome: msg }];
}
