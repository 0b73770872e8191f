/** What `doctor` says of a collector, for each state it may be found in. */
import assert from "node:assert/strict";
import { checkCollector } from "../../../src/jobscope/model/doctor/collector-checks.js";
import type {
  CollectorFacts,
  ForwardFacts,
} from "../../../src/jobscope/model/doctor/collector-facts.js";
import { compareVersions, isWithin } from "../../../src/jobscope/model/doctor/versions.js";
import { unixNano } from "../../../src/jobscope/model/time.js";

const HEALTHY: CollectorFacts = {
  listening: { address: "127.0.0.1:4318", answer: { kind: "jobtrace", version: "1.0.0" } },
  store: {
    kind: "found",
    path: ".jobtrace",
    isWritable: true,
    free: 61e9,
    freeMin: 268_435_456,
    newest: unixNano(1_772_529_242_000_000_000n),
    damage: 0,
  },
  forwards: [],
  notices: [],
};

const FORWARD: ForwardFacts = {
  name: "localhost:14318",
  state: "ok",
  reason: "",
  waiting: 0,
  rejected: 0,
};

describe("checkCollector()", () => {
  it("is content with a healthy one", () => {
    const checks = checkCollector({ ...HEALTHY, forwards: [FORWARD] });
    assert.deepEqual(
      checks.map(({ status, text }) => `${status} ${text}`),
      [
        "ok listening on 127.0.0.1:4318, OTLP/HTTP and OTLP/gRPC",
        "ok store writable, 61 GB free, last write 2026-03-03T09:14:02Z",
        "ok forward localhost:14318 accepts; 0 waiting, 0 dropped",
      ],
    );
  });

  const states: readonly (readonly [Partial<ForwardFacts>, string, RegExp])[] = [
    [{ rejected: 3 }, "problem", /accepts; 0 waiting, 3 dropped$/],
    [
      { state: "backoff", reason: "connection refused", waiting: 1204 },
      "problem",
      /does not take spans now: connection refused; 1,204 waiting, 0 dropped$/,
    ],
    [{ state: "parked", reason: "HTTP 401" }, "broken", /refuses: HTTP 401; 0 waiting/],
    [{ state: "unreadable", reason: "damaged" }, "broken", /cannot read the log: damaged$/],
  ];
  for (const [facts, status, text] of states) {
    it(`says of a forward that is ${facts.state ?? "ok, with spans rejected,"} that it is ${status}`, () => {
      const check = checkCollector({ ...HEALTHY, forwards: [{ ...FORWARD, ...facts }] })[2];
      assert.equal(check?.status, status);
      assert.match(check.text, text);
      assert.equal(check.change?.lines.length, 1);
    });
  }

  it("tells of damage", () => {
    const { store } = HEALTHY;
    assert.ok(store.kind === "found");
    const [, , damage] = checkCollector({ ...HEALTHY, store: { ...store, damage: 2 } });
    assert.deepEqual(
      [damage?.status, damage?.text],
      ["problem", "2 damaged stretches in the store: what was in them is not shown"],
    );
  });
});

describe("versions", () => {
  it("are compared by number", () => {
    assert.ok(compareVersions("0.9.10", "0.10.0") < 0);
    assert.equal(compareVersions("1.2", "1.2.0"), 0);
    assert.ok(isWithin("0.27.3", "0.26.1", "0.28.0"));
    assert.ok(!isWithin("0.28.1", "0.26.1", "0.28.0"));
  });
});
