/** What the Ruby instrumentations send, library by library, old names and stable ones → the line, as checked by eye. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { SpanKind } from "../../../../src/jobscope/model/span.js";
import { draftStep } from "../../../../src/jobscope/model/steps/draft-step.js";
import { span } from "../span-builder.js";

interface SpanForm {
  readonly name: string;
  readonly kind: SpanKind;
  readonly scope: string;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly step: readonly [kind: string, title: string, result: string | null];
}

const forms = JSON.parse(readFileSync("test/fixtures/span-forms.json", "utf8")) as SpanForm[];

describe("draftStep()", () => {
  for (const { name, kind, scope, attributes, step } of forms) {
    it(`makes ${step[1]} of ${scope}'s ${name || "span without a name"}`, () => {
      const values = Object.entries(attributes).map(([key, value]) => [
        key,
        typeof value === "number" ? BigInt(value) : value,
      ]);
      const draft = draftStep(
        span({
          name,
          kind,
          scope,
          attributes: Object.fromEntries(values) as SpanForm["attributes"],
        }),
        undefined,
        false,
      );
      assert.deepEqual([draft.kind, draft.title, draft.result], step);
    });
  }

  it("gives a call with values of its query only when all is asked for", () => {
    const call = span({
      attributes: {
        "http.request.method": "GET",
        "url.full": "https://user:pw@h.internal/a?token=x",
      },
    });
    const url = (full: boolean): unknown => {
      const { detail } = draftStep(call, undefined, full);
      return detail?.type === "http" ? detail.url : undefined;
    };
    assert.deepEqual(
      [url(false), url(true)],
      ["https://h.internal/a?token=?", "https://h.internal/a?token=x"],
    );
  });
});
