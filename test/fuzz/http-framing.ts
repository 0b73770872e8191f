/** A request whose framing is broken: lengths, chunks, header lines, or the connection itself. */
import { mutateBytes } from "./byte-mutations.js";
import type { Random } from "./seeded-random.js";

const TLS_HELLO = Buffer.from("16030100c8010000c40303", "hex");

/** `head`: request line and headers without those that tell the length. */
export function breakFraming(head: string, body: Buffer, random: Random): Buffer {
  switch (random.below(7)) {
    case 0:
      return Buffer.concat([text(`${head}\r\n${wrongLengths(body.length, random)}\r\n\r\n`), body]);
    case 1:
      return Buffer.concat([
        text(`${head}\r\nTransfer-Encoding: chunked\r\n\r\n`),
        brokenChunks(body, random),
      ]);
    case 2:
      return Buffer.concat([text(brokenHead(head, body.length, random)), body]);
    case 3:
    case 4: {
      const whole = text(`${head}\r\nContent-Length: ${body.length}\r\n\r\n`);
      return Buffer.concat([mutateBytes(whole, body, random), body]);
    }
    case 5: {
      const whole = Buffer.concat([
        text(`${head}\r\nContent-Length: ${body.length}\r\n\r\n`),
        body,
      ]);
      return whole.subarray(0, random.below(whole.length));
    }
    default:
      return random.pick([
        TLS_HELLO,
        Buffer.alloc(0),
        text("P"),
        text("PR"),
        text("PUT"),
        text("PRI * HTTP/2.0\r\n\r\n"),
        text("\r\n\r\n\r\n"),
        random.bytes(random.below(100)),
      ]);
  }
}

function wrongLengths(length: number, random: Random): string {
  return random.pick([
    `Content-Length: ${Math.max(0, length - 1 - random.below(9))}`,
    `Content-Length: ${length + 1 + random.below(9)}`,
    `Content-Length: ${length}\r\nContent-Length: ${length}`,
    `Content-Length: ${length}\r\nContent-Length: ${length + 1}`,
    `Content-Length: ${length}\r\nTransfer-Encoding: chunked`,
    `Transfer-Encoding: chunked\r\nContent-Length: ${length}`,
    `Transfer-Encoding: gzip, chunked`,
    `Transfer-Encoding: chunked, identity`,
    ...["-1", "", " ", "0x10", "1e3", "+5", "1,1", "18446744073709551616", "9007199254740993"].map(
      (value) => `Content-Length: ${value}`,
    ),
    // One byte above the limit on a request, and the limit itself.
    "Content-Length: 67108865",
    "Content-Length: 67108864",
    "X-No-Length: 1",
  ]);
}

function brokenChunks(body: Buffer, random: Random): Buffer {
  const size = random.pick([
    (body.length + 1 + random.below(20)).toString(16),
    Math.max(0, body.length - 1 - random.below(20)).toString(16),
    random.pick(["-1", "", "g", "0x5", " 5", "f".repeat(16), "f".repeat(17), "5;".repeat(5_000)]),
  ]);
  const end = random.pick(["\r\n0\r\n\r\n", "\n0\n\n", "\r\n0\r\n", "", "\r\n0\r\nX: \0\r\n\r\n"]);
  return Buffer.concat([text(`${size}\r\n`), body, text(end)]);
}

function brokenHead(head: string, length: number, random: Random): string {
  const whole = `${head}\r\nContent-Length: ${length}`;
  const [first = "", ...headers] = whole.split("\r\n");
  const line = random.pick([
    "no colon",
    ": no name",
    "X Y: space",
    "X : space",
    " folded: line",
    "X: \0",
    "X: \u00ff",
    "X: a\nY: b",
    `X: ${"x".repeat(20_000)}`,
    "Expect: bogus",
    "Connection: close",
    "Connection: upgrade\r\nUpgrade: h2c",
    "Host: 127.0.0.1",
    Array.from({ length: 3_000 }, (_, at) => `X${at}: y`).join("\r\n"),
  ]);
  const start = random.pick([
    first,
    first.replace(
      "HTTP/1.1",
      random.pick(["HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "HTTP/1.10", "H", ""]),
    ),
    first.toLowerCase(),
    first.replace(" ", "  "),
    first.replace("/v1", `/${"x".repeat(20_000)}`),
    first.replace("/v1", "http://127.0.0.1/v1"),
    first.replace("/v1", "*"),
  ]);
  const isHostless = random.once(6);
  const kept = isHostless ? headers.filter((header) => !header.startsWith("Host")) : headers;
  const lines = [start, ...kept.toSpliced(random.below(kept.length + 1), 0, line)];
  return (
    lines.join(random.once(10) ? "\n" : "\r\n") + random.pick(["\r\n\r\n", "\r\n\r\n", "\n\n"])
  );
}

function text(value: string): Buffer {
  return Buffer.from(value, "latin1");
}
