import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { exampleRequest } from "../../example-job.js";
import { exportText } from "../../exported-jobs.js";
import { assertGolden } from "../../golden.js";
import { enqueues } from "../../mockups/enqueues.js";
import { killed } from "../../mockups/killed.js";
import { modelOf } from "../../../src/jobscope/export/rspec/ruby-names.js";
import { requestOf, sidekiqAttributes, type SpanFacts } from "../../otlp-request.js";
import { recordedRuns } from "../../recorded-runs.js";
import { jidsOf, storedRequests, storedRun } from "../../stored-runs.js";
import { temporaryFolder } from "../../temporary-folder.js";

const JID = "8f3c1d0a9b7e4c2d51f0a6e3";
const TRACE = "0af7651916cd43dd8448eb211c80319c";
const START = 1_772_529_242_000_000_000n;
const at = (ms: number): bigint => START + BigInt(ms) * 1_000_000n;

const TIMEOUT = {
  type: "Net::ReadTimeout",
  message: "Net::ReadTimeout with #<TCPSocket:(closed)>",
};

/** The job of the example in the help: it inserts, commits, calls out and fails. */
function failedJob(args: unknown, text = (plain: string): string => plain): readonly SpanFacts[] {
  const inside = { traceId: TRACE, parentSpanId: "b7ad6b7169203331", kind: 3, scope: "PG" };
  const sql = (number: number, statement: string, extra = {}): SpanFacts => ({
    ...inside,
    spanId: `00f067aa0ba902b${number}`,
    name: statement.split(" ", 1)[0] ?? "",
    start: at(number * 10),
    end: at(number * 10 + 3),
    attributes: { "db.system": "postgresql", "db.statement": statement, ...extra },
  });
  return [
    {
      traceId: TRACE,
      spanId: "b7ad6b7169203331",
      name: "default process",
      kind: 5,
      start: at(0),
      end: at(1040),
      attributes: {
        ...sidekiqAttributes(JID, text("SendInvoiceJob")),
        "jobtrace.args": JSON.stringify(args),
      },
      error: { ...TIMEOUT, type: text(TIMEOUT.type), message: text(TIMEOUT.message) },
    },
    sql(1, "BEGIN"),
    sql(2, `INSERT INTO invoices (order_id) VALUES ('${text("9917")}')`, {
      "db.response.affected_rows": 1,
    }),
    sql(3, "COMMIT"),
    {
      ...inside,
      spanId: "00f067aa0ba902c1",
      name: "POST",
      scope: "Net::HTTP",
      start: at(50),
      end: at(1030),
      attributes: {
        "http.request.method": "POST",
        "url.scheme": "https",
        "server.address": "billing.internal",
        "url.path": `/${text("charge")}`,
      },
      error: { ...TIMEOUT, type: text(TIMEOUT.type) },
    },
  ];
}

/** Compiles each file as Ruby would, encoding comments and all, and runs none of it. */
const COMPILE = "ARGV.each { |file| RubyVM::InstructionSequence.compile_file(file) }";

/** Just enough of RSpec and WebMock to run an example and see what it does. */
const HARNESS = `
require "json"
class Anything < BasicObject
  def method_missing(*) = self
  def respond_to_missing?(*) = true
end
class RecordedJob
  def perform(*args) = ($performed << args)
end
class Object
  def self.const_missing(name) = const_set(name, Class.new(StandardError) {
    def self.const_missing(inner) = const_set(inner, Class.new(StandardError))
    def self.count = 1
  })
end
$performed = []
$pending = []
module Kernel
  def require(*) = true
  def stub_request(*) = Anything.new
  def a_request(*) = Anything.new
  def raise_error(*) = Anything.new
  def hash_including(*) = Anything.new
  def have_been_made(*) = Anything.new
  def eq(*) = Anything.new
  def pending(text) = ($pending << text)
  def expect(*) = (yield if block_given?; Anything.new)
  def it(_title) = yield
end
module RSpec
  def self.describe(_type, &block)
    Object.define_method(:described_class) { RecordedJob }
    Object.new.instance_eval(&block)
  end
end
load ARGV[0]
puts JSON.generate([$performed, $pwned])
`;

const HOSTILE = [
  `"; $pwned = true; "`,
  "#{$pwned = true}",
  "#$0 #@a #@@b",
  "\n=begin\n$pwned = true\n=end\n",
  '\\" + ($pwned = true).to_s + \\"',
  "\u2028$pwned = true\u2028",
  "\u0000\u001b[2J\u202e \ud800 \u{10ffff}",
  "' ; `touch /tmp/pwned` ; '",
  "<<~EOS\n#{$pwned = true}\nEOS",
  "__END__",
  "-*- coding: utf-7 -*-",
  "coding: binary",
  "%q{ $pwned = true }",
  "SendInvoiceJob; $pwned = true",
];

// The suite needs Node alone; what only Ruby can tell is skipped without it, and counted as skipped.
const hasRuby = spawnSync("ruby", ["--version"]).error === undefined;
const itInRuby = hasRuby ? it : it.skip;

describe("export as rspec", () => {
  const folder = temporaryFolder();

  function compile(texts: readonly string[]): void {
    const files = texts.map((text, number) => {
      const file = join(folder(), `${number}_spec.rb`);
      writeFileSync(file, text);
      return file;
    });
    const { status, stderr } = spawnSync("ruby", ["-e", COMPILE, ...files], { encoding: "utf8" });
    assert.equal(status, 0, stderr);
  }

  itInRuby("is valid Ruby for every job of every recorded run", async () => {
    const texts: string[] = [];
    for (const { name } of recordedRuns()) {
      const reader = await storedRun(name);
      const jids = await jidsOf(reader);
      for (const jid of jids) texts.push(await exportText("rspec", reader, [jid]));
      texts.push(await exportText("rspec", reader, jids));
    }
    assert.ok(texts.length > 100, String(texts.length));
    compile(texts);
  });

  itInRuby("runs the job with its arguments, stubs its calls and expects its effects", async () => {
    const reader = await storedRequests(requestOf(failedJob([9917, "EUR"])));
    const text = await exportText("rspec", reader, [JID]);
    assertGolden("export-rspec.txt", text);
    compile([text]);
  });

  it("says what was not recorded, or was replaced, and makes nothing up", async () => {
    const reader = await storedRequests(requestOf(failedJob([9917, "EUR"])));
    const redacted = await exportText("rspec", reader, [JID], { redact: "yes" });
    assert.match(redacted, /perform\("\?", "\?"\)/);
    assert.match(redacted, /pending "fill in the arguments: their values were replaced/);
    assert.ok(!redacted.includes("9917") && !redacted.includes("EUR"));
    const example = await storedRequests(exampleRequest());
    assertGolden("export-rspec-example.txt", await exportText("rspec", example, ["abc123"]));
  });

  itInRuby(
    "expects no end of an attempt that has none, and requires Sidekiq's queues where it asks them",
    async () => {
      const reader = await storedRequests(...killed.bodies);
      const text = await exportText("rspec", reader, [killed.jid]);
      assert.match(text, /^ {4}described_class\.new\.perform\(88\)$/m);
      assert.doesNotMatch(text, /raise_error|sidekiq\/testing/);
      const pushing = await storedRequests(...enqueues.bodies);
      const spec = await exportText("rspec", pushing, [enqueues.jid]);
      assert.match(spec, /^require "sidekiq\/testing"$/m);
      assert.match(spec, /expect\(SendReceiptJob\.jobs\.size\)\.to eq\(1\)/);
      compile([text, spec]);
    },
  );

  it("names models as Rails does, or leaves it to Rails", () => {
    const models = ["invoices", "order_items", "shop.users", "prices"].map(modelOf);
    assert.deepEqual(models, ["Invoice", "OrderItem", "User", "Price"]);
    for (const table of ["people", "categories", "addresses", "indices", "news", "Users", 'x"; y'])
      assert.equal(modelOf(table), undefined, table);
  });

  function run(text: string): readonly [performed: unknown, pwned: unknown] {
    const file = join(folder(), "run_spec.rb");
    writeFileSync(file, text);
    const out = execFileSync("ruby", ["-e", HARNESS, file], { encoding: "utf8" });
    return JSON.parse(out) as [unknown, unknown];
  }

  itInRuby("is run by a harness that sees code where there is some", () => {
    const text = 'RSpec.describe A do\n  it "#{$pwned = true}" do\n  end\nend\n';
    assert.deepEqual(run(text), [[], true]);
  });

  itInRuby(
    "lets no text out of its literal or comment, and gives arguments back as they were",
    async () => {
      const args = [...HOSTILE, { [HOSTILE[1] ?? ""]: HOSTILE }, 1.5, -3, true, null, []];
      for (const hostile of HOSTILE) {
        const spans = failedJob(args, (plain) => `${plain}${hostile}`);
        const reader = await storedRequests(requestOf(spans));
        const text = await exportText("rspec", reader, [JID]);
        compile([text]);
        const [performed, pwned] = run(text);
        assert.equal(pwned, null, `${hostile} became code`);
        const wellFormed: unknown = JSON.parse(
          JSON.stringify(args).replaceAll("\\ud800", "\ufffd"),
        );
        assert.deepEqual(performed, [wellFormed]);
      }
    },
  );
});
