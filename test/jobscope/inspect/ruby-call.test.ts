import assert from "node:assert/strict";
import { rubyCall } from "../../../src/jobscope/inspect/ruby-call.js";

describe("rubyCall()", () => {
  for (const [args, expected] of [
    [[], "SendInvoiceJob.new.perform()"],
    [[9917, "EUR"], 'SendInvoiceJob.new.perform(9917, "EUR")'],
    [[null, true, 1.5], "SendInvoiceJob.new.perform(nil, true, 1.5)"],
    [
      [{ id: 1, tags: ["a"] }, {}],
      'SendInvoiceJob.new.perform({ "id" => 1, "tags" => ["a"] }, {})',
    ],
    // Nothing in a text may run when the call is pasted.
    [['#{exit} " \\ #$x'], 'SendInvoiceJob.new.perform("\\#{exit} \\" \\\\ \\#$x")'],
  ] as const) {
    it(`writes ${JSON.stringify(args)} in Ruby`, () => {
      assert.equal(rubyCall("SendInvoiceJob", args), expected);
    });
  }
});
