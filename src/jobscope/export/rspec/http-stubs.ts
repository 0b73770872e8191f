/** The recorded HTTP calls of an attempt as stubs of WebMock, and as what it says was requested. */
import { rubyText } from "../../inspect/ruby-call.js";
import { countText } from "../../model/count-text.js";
import type { Step } from "../../model/step-document.js";
import { rubyComment, rubyConstant } from "./ruby-names.js";

export interface HttpStubs {
  readonly stubs: readonly string[];
  readonly expectations: readonly string[];
  /** What keeps them from being whole. */
  readonly reasons: readonly string[];
}

interface Calls {
  /** The stub's arguments: `:post, "https://…"`. */
  readonly request: string;
  readonly hasQuery: boolean;
  /** What came back, in order; undefined: not recorded. */
  readonly answers: (string | undefined)[];
  readonly title: string;
}

const METHODS = new Set(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]);

export function httpStubs(steps: readonly Step[]): HttpStubs {
  const calls = new Map<string, Calls>();
  let unnamed = 0;
  for (const { detail, status: outcome, title } of steps) {
    if (detail?.type !== "http") continue;
    const [place, query] = detail.url?.split("?", 2) ?? [];
    if (place === undefined) {
      unnamed++;
      continue;
    }
    const method = METHODS.has(detail.method) ? `:${detail.method.toLowerCase()}` : ":any";
    const key = `${method} ${place}`;
    const known = calls.get(key) ?? {
      request: `${method}, ${rubyText(place)}`,
      hasQuery: query !== undefined,
      answers: [],
      title: `${detail.method} ${place}`,
    };
    known.answers.push(answerOf(detail, outcome, title));
    calls.set(key, known);
  }
  const all = [...calls.values()];
  const unanswered = all.filter(({ answers }) => answers.includes(undefined));
  return {
    stubs: all.flatMap(stubLines),
    expectations: all.map(expectation),
    reasons: [
      ...unanswered.map(({ title }) => `what ${title} answered was not recorded`),
      ...(unnamed === 0
        ? []
        : [
            `stub ${countText(unnamed)} HTTP ${unnamed === 1 ? "call" : "calls"}: no host was recorded`,
          ]),
    ],
  };
}

function answerOf(
  { status, error }: Extract<Step["detail"], { type: "http" }>,
  outcome: Step["status"],
  title: string,
): string | undefined {
  if (status !== null) return `to_return(status: ${status})`;
  if (error !== null) return `to_raise(${rubyConstant(error.class) ?? rubyText(error.class)})`;
  return outcome === "error" ? `to_raise(${rubyText(`${title} failed`)})` : undefined;
}

function stubLines({ request, hasQuery, answers, title }: Calls): readonly string[] {
  const recorded = answers.filter((answer) => answer !== undefined);
  if (recorded.length === 0) return [rubyComment(`${title}: no response was recorded`)];
  const stub = `stub_request(${request})${withQuery(hasQuery)}`;
  const chain = inRow(recorded).map(([answer, count], at, { length }) =>
    // The last one holds for what comes after as well.
    count > 1 && at < length - 1 ? `${answer}.times(${count})` : answer,
  );
  const [first = ""] = chain;
  if (chain.length === 1) return [`${stub}.${first}`];
  return [stub, ...chain.map((answer, at) => `  .${at === 0 ? "" : "then."}${answer}`)];
}

/** Values of queries are not passed on. */
function withQuery(hasQuery: boolean): string {
  return hasQuery ? ".with(query: hash_including({}))" : "";
}

function expectation({ request, hasQuery, answers }: Calls): string {
  return `expect(a_request(${request})${withQuery(hasQuery)}).to have_been_made.times(${answers.length})`;
}

/** Equal neighbours, counted. */
function inRow(answers: readonly string[]): readonly (readonly [string, number])[] {
  const rows: [string, number][] = [];
  for (const answer of answers) {
    const last = rows.at(-1);
    if (last?.[0] === answer) last[1]++;
    else rows.push([answer, 1]);
  }
  return rows;
}
