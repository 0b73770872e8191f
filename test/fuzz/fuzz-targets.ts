/** What can be fuzzed, by name. */
import type { FuzzOptions, FuzzReport } from "./case-target.js";
import { createGrpcTarget } from "./grpc-target.js";
import { runRoundTrips } from "../round-trip/round-trip-target.js";
import { createHttpTarget } from "./http-target.js";
import { createJsonTarget } from "./json-target.js";
import { createProtobufTarget } from "./protobuf-target.js";
import { runCases } from "./run-cases.js";
import { runSocketCases } from "./run-socket-cases.js";

interface TargetInfo {
  readonly about: string;
  /** A minute or two on one core. */
  readonly casesDefault: number;
}

export const TARGETS = {
  protobuf: {
    about: "bodies in protobuf, through scan, index and decode in this process",
    casesDefault: 1_000_000,
  },
  json: { about: "bodies in OTLP/JSON, likewise through the converter", casesDefault: 300_000 },
  http: {
    about: "OTLP/HTTP over raw sockets to a server of its own: requests, pipelines, broken framing",
    casesDefault: 20_000,
  },
  grpc: {
    about: "OTLP/gRPC likewise: calls, messages with wrong lengths, broken HTTP/2 frames, resets",
    casesDefault: 20_000,
  },
  "round-trip": {
    about:
      "valid requests of every kind through receiver, store and reader, compared with what was sent",
    casesDefault: 10_000,
  },
} as const satisfies Readonly<Record<string, TargetInfo>>;

export type TargetName = keyof typeof TARGETS;

export function isTargetName(name: string): name is TargetName {
  return Object.hasOwn(TARGETS, name);
}

export async function runTarget(name: TargetName, options: FuzzOptions): Promise<FuzzReport> {
  switch (name) {
    case "protobuf":
      return runCases(createProtobufTarget(options.seed), options);
    case "json":
      return runCases(createJsonTarget(options.seed), options);
    case "http":
      return runSocketCases(createHttpTarget(options.seed), options);
    case "grpc":
      return runSocketCases(createGrpcTarget(options.seed), options);
    case "round-trip":
      return runRoundTrips(options);
  }
}
