/** Where `serve` forwards to: --forward and --forward-as-received, each with the exporter's standard options under its own name. */
import { type ForwardMode, type ForwardTarget, readTarget } from "../exporters/forward-target.js";
import { isLoopback, type ListenAddress } from "../receiver/listen-address.js";
import type { CommandLine } from "./command-line.js";
import type { Context } from "./context.js";
import type { ForwardSettings } from "./settings/forward-settings.js";
import { SETTINGS } from "./settings/settings.js";
import { UsageError } from "./usage-error.js";

export const FORWARD_OPTIONS = {
  forward: { takes: "text" },
  "forward-mode": { takes: "text", offers: ["job", "as-received"] },
  "forward-as-received": { takes: "text" },
} as const;

/** @throws UsageError for what is no endpoint, a wrong option, and an address that `listen` is. */
export function forwardTargets(
  line: CommandLine,
  context: Context,
  listen: readonly ListenAddress[],
): readonly ForwardTarget[] {
  const { forward, forwardMode, forwardAsReceived } = SETTINGS;
  const mode = forwardMode.of(line, context);
  const targets = [
    ...targetOf(forward, mode, line, context),
    ...targetOf(forwardAsReceived, "as-received", line, context),
  ];
  for (const target of targets) {
    if (listen.some((address) => isSame(address, target)))
      throw new UsageError(
        `cannot forward to ${target.name}: that is where this jobtrace itself listens`,
      );
  }
  return targets;
}

/** None where no endpoint is named. */
function targetOf(
  { endpoint, option }: ForwardSettings,
  mode: ForwardMode,
  line: CommandLine,
  context: Context,
): readonly ForwardTarget[] {
  const { value, origin } = endpoint.choose(line, context);
  if (value === undefined) return [];
  const read = readTarget(value, mode, (name) => option(name)?.of(line, context));
  const name =
    origin.kind === "file" ? `${origin.name}: ${endpoint.key}` : `--${endpoint.flags[0]}`;
  if (read.kind === "malformed") throw new UsageError(`${name}: ${read.reason}`);
  for (const warning of read.warnings) context.note(`! ${endpoint.envs[0]}: ${warning}`);
  return [read.target];
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
