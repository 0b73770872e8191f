/** Where `serve` forwards to: --forward and --forward-as-received, each with the exporter's standard options under its own prefix. */
import { type ForwardMode, type ForwardTarget, readTarget } from "../exporters/forward-target.js";
import { isLoopback, type ListenAddress } from "../receiver/listen-address.js";
import type { CommandLine } from "./command-line.js";
import type { Context } from "./context.js";
import { UsageError } from "./usage-error.js";

export const FORWARD_OPTIONS = {
  forward: { takes: "text" },
  "forward-mode": { takes: "text" },
  "forward-as-received": { takes: "text" },
} as const;

const PREFIX = "JOBTRACE_FORWARD";
const PREFIX_AS_RECEIVED = "JOBTRACE_FORWARD_AS_RECEIVED";

/** @throws UsageError for what is no endpoint, a wrong option, and an address that `listen` is. */
export function forwardTargets(
  line: CommandLine,
  context: Context,
  listen: readonly ListenAddress[],
): readonly ForwardTarget[] {
  const { env } = context;
  const mode = line.choice("forward-mode", ["job", "as-received"]) ?? modeOf(env[`${PREFIX}_MODE`]);
  const first = line.text("forward") ?? env[PREFIX];
  const second = line.text("forward-as-received") ?? env[PREFIX_AS_RECEIVED];
  const targets = [
    ...(first ? [targetOf("--forward", first, mode, PREFIX, context)] : []),
    ...(second
      ? [targetOf("--forward-as-received", second, "as-received", PREFIX_AS_RECEIVED, context)]
      : []),
  ];
  for (const target of targets) {
    if (listen.some((address) => isSame(address, target)))
      throw new UsageError(
        `cannot forward to ${target.name}: that is where this jobtrace itself listens`,
      );
  }
  return targets;
}

function modeOf(text: string | undefined): ForwardMode {
  if (text === undefined || text === "" || text === "job") return "job";
  if (text === "as-received") return text;
  throw new UsageError(`${PREFIX}_MODE=${text} is not one of job, as-received`);
}

function targetOf(
  option: string,
  endpoint: string,
  mode: ForwardMode,
  prefix: string,
  { env, note }: Context,
): ForwardTarget {
  const read = readTarget(endpoint, mode, (name) => env[`${prefix}_${name.toUpperCase()}`]);
  if (read.kind === "malformed") throw new UsageError(`${option}: ${read.reason}`);
  for (const warning of read.warnings) note(`! ${prefix}: ${warning}`);
  return read.target;
}

const WILDCARDS = new Set(["0.0.0.0", "::", "[::]"]);

/** Every loopback address leads to whoever listens on one of them, or on all addresses. */
function isSame(address: ListenAddress, { peer }: ForwardTarget): boolean {
  if (peer === undefined || peer.port !== address.port) return false;
  const host = peer.host.replace(/^\[|\]$/g, "");
  const isHere = isLoopback(host) || WILDCARDS.has(host);
  return (
    host === address.host || (isHere && (isLoopback(address.host) || WILDCARDS.has(address.host)))
  );
}
