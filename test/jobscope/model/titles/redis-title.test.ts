import assert from "node:assert/strict";
import { redisTitle } from "../../../../src/jobscope/model/titles/redis-title.js";
import { span } from "../span-builder.js";

const CASES: readonly (readonly [string, string, string])[] = [
  ["SETEX", "SETEX ? ? ?", "REDIS SETEX ?"],
  ["GET", "GET user:42:cart", "REDIS GET user:42:cart"],
  ["INFO", "INFO", "REDIS INFO"],
  ["PIPELINED", "GET ?\nGET ?\nSETEX ? ? ?", "REDIS pipeline: 3 commands (GET ×2, SETEX)"],
  ["PIPELINED", "HELLO ?\nCLIENT ? ? ?\nCLIENT ? ? ?", "REDIS connect"],
  ["PIPELINED", "A ?\nB ?\nC ?\nD ?\nE ?", "REDIS pipeline: 5 commands (A, B, C, D, …)"],
  ["PIPELINED", `${"GET ?\n".repeat(90)}`.slice(0, 500), "REDIS pipeline: 83+ commands (GET ×83)"],
  ["EVALSHA", "EVALSHA ? ? ?", "REDIS EVALSHA"],
];

describe("redisTitle()", () => {
  for (const [name, statement, title] of CASES) {
    it(`makes ${title}`, () => {
      const made = redisTitle(
        span({
          name,
          scope: "Redis",
          attributes: { "db.system": "redis", "db.statement": statement },
        }),
      );
      assert.equal(made?.title, title);
    });
  }

  it("uses the span's name where the statement was not recorded", () => {
    assert.equal(
      redisTitle(span({ name: "incr", attributes: { "db.system": "redis" } }))?.title,
      "REDIS INCR",
    );
  });

  it("names the key as it was recorded, and groups by what its ids stand for", () => {
    const get = (key: string) =>
      redisTitle(
        span({ name: "GET", attributes: { "db.system": "redis", "db.statement": `GET ${key}` } }),
      );
    const uuid = "0b52c7e1-1f9d-4a66-88c0-d3fe77ac03bd";
    assert.deepEqual(
      ["user:42:cart", `cart:${uuid}`, "index:12:cursor", "lock:deadbeef01"].map((key) => [
        get(key)?.title,
        get(key)?.keyPattern,
      ]),
      [
        ["REDIS GET user:42:cart", "user:?:cart"],
        [`REDIS GET cart:${uuid}`, "cart:?"],
        ["REDIS GET index:12:cursor", "index:?:cursor"],
        ["REDIS GET lock:deadbeef01", "lock:?"],
      ],
    );
    assert.equal(get("user:1:cart")?.fingerprint, get("user:2:cart")?.fingerprint);
  });

  it("is for Redis only", () => {
    assert.equal(redisTitle(span({ attributes: { "db.system": "postgresql" } })), undefined);
  });
});
