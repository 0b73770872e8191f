/** Checks of the collector itself: is it there, can it write, does it hand on. */
import { countText } from "../count-text.js";
import { formatInstant } from "../time.js";
import { broken, change, type Check, ok, problem } from "./check.js";
import type { CollectorFacts, ForwardFacts, Listening, StoreFacts } from "./collector-facts.js";
import { counted } from "./words.js";

export function checkCollector({ listening, store, forwards }: CollectorFacts): readonly Check[] {
  return [checkListening(listening), ...checkStore(store), ...forwards.map(checkForward)];
}

export function checkListening({ address, answer }: Listening): Check {
  switch (answer.kind) {
    case "jobtrace":
      return ok("listening", `listening on ${address}, OTLP/HTTP and OTLP/gRPC`);
    case "other": {
      const { name, pid } = answer;
      const who =
        name === undefined
          ? "another program"
          : `"${name}"${pid === undefined ? "" : ` (pid ${pid})`}`;
      return broken("listening", {
        text: `${address} is held by ${who}, which is not jobtrace: spans go there`,
        change: change(
          "move",
          `${name === undefined ? "it" : name} to another port, then start jobtrace serve`,
        ),
      });
    }
    case "nobody":
      return problem("listening", {
        text: `nothing listens on ${address} (${answer.reason}): spans sent there are lost`,
        change: change("start", "jobtrace serve"),
      });
  }
}

function checkStore(store: StoreFacts): readonly Check[] {
  if (store.kind === "missing")
    return [
      broken("store", {
        text: store.reason,
        change: change("start", "jobtrace serve, which makes it"),
      }),
    ];
  const { path, isWritable, free, freeMin, newest, damage } = store;
  const last =
    newest === undefined ? "never written" : `last write ${formatInstant(newest).slice(0, 19)}Z`;
  return [
    !isWritable
      ? broken("store", {
          text: `store ${path} is not writable`,
          change: change("give", `the user of the collector the right to write to ${path}`),
        })
      : free !== undefined && free < freeMin
        ? broken("store", {
            text: `store full: ${bytesText(free)} free and ${bytesText(freeMin)} are to stay free; spans are refused with 503`,
            change: change("free", `room on the disk of ${path}`),
          })
        : ok(
            "store",
            `store writable${free === undefined ? "" : `, ${bytesText(free)} free`}, ${last}`,
          ),
    ...(damage === 0
      ? []
      : [
          problem("damage", {
            text: `${counted(damage, "damaged stretch", "damaged stretches")} in the store: what was in ${damage === 1 ? "it" : "them"} is not shown`,
            change: change("run", "jobtrace store verify, which names them"),
          }),
        ]),
  ];
}

function bytesText(bytes: number): string {
  return bytes >= 1e9 ? `${Math.round(bytes / 1e9)} GB` : `${Math.floor(bytes / 1e6)} MB`;
}

function checkForward({ name, state, reason, waiting, rejected }: ForwardFacts): Check {
  const counts = `${countText(waiting)} waiting, ${countText(rejected)} dropped`;
  switch (state) {
    case "ok":
      return rejected === 0
        ? ok("forward", `forward ${name} accepts; ${counts}`)
        : problem("forward", {
            text: `forward ${name} accepts; ${counts}`,
            change: change("see", `the log of ${name}: it rejected those spans`),
          });
    case "backoff":
      return problem("forward", {
        text: `forward ${name} does not take spans now: ${reason}; ${counts}`,
        change: change("start", `${name}; what waits is sent by itself then`),
      });
    case "parked":
      return broken("forward", {
        text: `forward ${name} refuses: ${reason}; ${counts}`,
        change: change("set", `--forward to an endpoint that takes OTLP, in place of ${name}`),
      });
    case "unreadable":
      return broken("forward", {
        text: `forward ${name} cannot read the log: ${reason}`,
        change: change("run", "jobtrace store verify, which names what is damaged"),
      });
  }
}
