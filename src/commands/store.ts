/** `jobtrace store info|verify|prune`: the files on disk. */
import { nearest } from "./command-line.js";
import type { Context } from "./context.js";
import { EXIT, type ExitCode } from "./exit-code.js";
import { UsageError } from "./usage-error.js";

export const STORE_HELP = `jobtrace store info|verify|prune: the files on disk

  jobtrace store info
  jobtrace store verify
  jobtrace store prune --older-than=30d --dry-run

info: what the store holds, how large it is, and who writes to it
  --tz=UTC               local, or a zone such as Europe/Berlin

verify: reads everything, checks each record, its spans and the index of each segment; exit 1 when something
is damaged. A server may be writing meanwhile

prune: deletes the oldest segments whole, never the newest. Only while nobody writes: a running server does it
by itself, see --keep and --keep-size of jobtrace serve
  --older-than=30d       segments whose newest span was received longer ago: 30d, 12h, 90m
  --max-size=20GB        the oldest until the store is no larger: 20GB, 500MB, 20GiB
  --dry-run              only print what would go

  --json                 one document
  --store=DIR            (JOBTRACE_STORE)
`;

type StoreCommand = (args: readonly string[], context: Context) => Promise<ExitCode>;

const COMMANDS: Readonly<Record<string, () => Promise<StoreCommand>>> = {
  info: async () => (await import("./store-info.js")).storeInfo,
  verify: async () => (await import("./store-verify.js")).storeVerify,
  prune: async () => (await import("./store-prune.js")).storePrune,
};

export async function store(args: readonly string[], context: Context): Promise<ExitCode> {
  const [first, ...rest] = args;
  if (args.includes("--help") || args.includes("-h")) {
    context.print(STORE_HELP.trimEnd());
    return EXIT.done;
  }
  if (first === undefined)
    throw new UsageError("what of the store? jobtrace store info, verify or prune");
  const load = Object.hasOwn(COMMANDS, first) ? COMMANDS[first] : undefined;
  if (load !== undefined) return (await load())(rest, context);
  const near = nearest(first, Object.keys(COMMANDS));
  throw new UsageError(
    `unknown command store ${first}${near === undefined ? ": info, verify or prune" : `: did you mean ${near}?`}`,
  );
}
