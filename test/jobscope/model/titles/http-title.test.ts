import assert from "node:assert/strict";
import { httpTitle, pathPatternOf } from "../../../../src/jobscope/model/titles/http-title.js";
import type { AttributeValue } from "../../../../src/jobscope/model/span.js";
import { span } from "../span-builder.js";

type Attributes = Readonly<Record<string, AttributeValue>>;

/** The forms of the Ruby gems → title, url in the detail, status. */
const CASES: readonly (readonly [string, Attributes, string, string | null, number | null])[] = [
  [
    "Net::HTTP, stable names",
    {
      "http.request.method": "POST",
      "url.scheme": "https",
      "server.address": "billing.internal",
      "server.port": 443n,
      "url.path": "/charge",
      "url.query": "token=s3cret&x=1",
      "http.response.status_code": 201n,
    },
    "HTTP POST https://billing.internal/charge",
    "https://billing.internal/charge?token=?&x=?",
    201,
  ],
  [
    "Net::HTTP, names of before 2026, query in the target",
    {
      "http.method": "GET",
      "http.scheme": "http",
      "net.peer.name": "127.0.0.1",
      "net.peer.port": 9911n,
      "http.target": "/slow?a=b",
      "http.status_code": 404n,
    },
    "HTTP GET http://127.0.0.1:9911/slow",
    "http://127.0.0.1:9911/slow?a=?",
    404,
  ],
  [
    "Faraday, a whole URL with a user and a password",
    {
      "http.request.method": "GET",
      "url.full": "https://user:pass@api.example:8443/v1/x?key=1",
      "http.response.status_code": "503",
    },
    "HTTP GET https://api.example:8443/v1/x",
    "https://api.example:8443/v1/x?key=?",
    503,
  ],
  [
    "httpx, a URL without its path",
    { "http.request.method": "PUT", "url.full": "https://files.internal", "url.path": "/a/b" },
    "HTTP PUT https://files.internal/a/b",
    "https://files.internal/a/b",
    null,
  ],
  [
    "a port that is the default for the scheme",
    {
      "http.request.method": "GET",
      "url.scheme": "http",
      "server.address": "h",
      "server.port": 80n,
      "url.path": "/",
    },
    "HTTP GET http://h/",
    "http://h/",
    null,
  ],
  [
    "an IPv6 host",
    {
      "http.request.method": "GET",
      "url.scheme": "http",
      "server.address": "::1",
      "server.port": 3000n,
      "url.path": "/",
    },
    "HTTP GET http://[::1]:3000/",
    "http://[::1]:3000/",
    null,
  ],
  [
    "no host but a peer service",
    { "http.method": "GET", "peer.service": "billing" },
    "HTTP GET http://billing",
    "http://billing",
    null,
  ],
  ["no host at all", { "http.method": "POST" }, "HTTP POST (host not recorded)", null, null],
];

describe("httpTitle()", () => {
  for (const [name, attributes, title, url, status] of CASES) {
    it(`reads ${name}`, () => {
      const made = httpTitle(span({ scope: "Net::HTTP", attributes }));
      assert.deepEqual([made?.title, made?.url, made?.status], [title, url, status]);
    });
  }

  it("is for client spans with a method only", () => {
    assert.equal(
      httpTitle(span({ kind: "server", attributes: { "http.request.method": "GET" } })),
      undefined,
    );
    assert.equal(httpTitle(span({ attributes: { "server.address": "h" } })), undefined);
  });

  it("groups paths that differ in ids", () => {
    assert.equal(pathPatternOf("/orders/42/items/8f3c1d0a9b7e"), "/orders/:id/items/:id");
    assert.equal(pathPatternOf("/users/2ac9663e-4d0c-49a4-aafa-02e7c1241c5c/v1"), "/users/:id/v1");
  });
});
