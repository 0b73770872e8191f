import assert from "node:assert/strict";
import { compareErrors } from "../../../../src/jobscope/model/errors/compare-errors.js";
import { errorOfSpan } from "../../../../src/jobscope/model/errors/error-info.js";
import type { ErrorInfo } from "../../../../src/jobscope/model/error-document.js";
import { exception, span } from "../span-builder.js";

const error = (type: string, message: string, stacktrace = ""): ErrorInfo => {
  const info = errorOfSpan(
    span({ status: "error", events: [exception(type, message, stacktrace)] }),
  );
  assert.ok(info);
  return info;
};

describe("errorOfSpan()", () => {
  it("takes the first line of the message and the frames of either Ruby's backtrace", () => {
    const stack = [
      "/app/services/billing.rb:31:in `charge': execution expired (Net::ReadTimeout)",
      "\tfrom /usr/local/bundle/gems/net-http-0.4/lib/net/http.rb:10:in 'Net::HTTP#request'",
      "\tfrom /app/jobs/send_invoice_job.rb:14:in 'block in SendInvoiceJob#perform'",
    ].join("\n");
    const { message, backtrace } = error("Net::ReadTimeout", "execution expired\nmore", stack);
    assert.equal(message, "execution expired");
    assert.deepEqual(
      backtrace.map(({ file, line, method, app }) => [file.split("/").at(-1), line, method, app]),
      [
        ["billing.rb", 31, "charge", true],
        ["http.rb", 10, "Net::HTTP#request", false],
        ["send_invoice_job.rb", 14, "block in SendInvoiceJob#perform", true],
      ],
    );
  });

  it("gives one fingerprint to messages that differ in ids, numbers and quoted texts", () => {
    const fingerprint = (message: string): string => error("E", message).fingerprint;
    assert.equal(
      fingerprint("Order 42 of 'ann' at #<X:0x00007f>"),
      fingerprint("Order 7 of 'bob' at #<X:0x0000aa>"),
    );
    assert.notEqual(fingerprint("Order 42"), fingerprint("Invoice 42"));
  });

  it("reads the class from the status where no event was recorded", () => {
    for (const message of [
      "Unhandled exception of type: ArgumentError",
      "Unexpected ActiveJob Error ArgumentError",
    ]) {
      assert.equal(errorOfSpan(span({ status: "error", message }))?.class, "ArgumentError");
    }
    assert.equal(errorOfSpan(span({ status: "error" })), null);
    assert.equal(errorOfSpan(span()), null);
  });
});

describe("compareErrors()", () => {
  const attempt = (number: number, info: ErrorInfo | null) => ({
    number,
    state: info === null ? ("completed" as const) : ("failed" as const),
    error: info,
  });

  it("tells whether the error changed, and which attempts failed alike", () => {
    const compared = compareErrors([
      attempt(1, error("A", "x 1")),
      attempt(2, error("B", "y")),
      attempt(3, error("A", "x 2")),
      attempt(4, null),
    ]);
    assert.deepEqual(
      [compared.distinct, compared.changed, compared.first?.attempt, compared.last?.attempt],
      [2, true, 1, 3],
    );
    assert.deepEqual(
      compared.by_attempt.map(({ same_as: same }) => same),
      [null, null, 1, null],
    );
  });

  it("does not count an interruption", () => {
    const interrupted = {
      number: 1,
      state: "interrupted" as const,
      error: error("Sidekiq::Shutdown", ""),
    };
    assert.equal(compareErrors([interrupted]).distinct, 0);
  });
});
