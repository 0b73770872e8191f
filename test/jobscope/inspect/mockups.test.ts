/** What `inspect` prints of jobs that are made up to show one case each, in every view. */
import assert from "node:assert/strict";
import { jobLines } from "../../../src/jobscope/inspect/job-text.js";
import { displayWidth } from "../../../src/jobscope/inspect/layout.js";
import { readJob } from "../../../src/jobscope/inspect/read-job.js";
import { COLOURED } from "../../../src/jobscope/inspect/style.js";
import type { View } from "../../../src/jobscope/inspect/view.js";
import { arrangeDocument } from "../../../src/jobscope/model/arrange/arrange-document.js";
import { DEFAULT_ARRANGEMENT } from "../../../src/jobscope/model/arrange/arrangement.js";
import { parseJid } from "../../../src/jobscope/model/ids.js";
import type { JobDocument } from "../../../src/jobscope/model/job-document.js";
import { unixNano } from "../../../src/jobscope/model/time.js";
import { createMemoryStore } from "../../../src/jobscope/store/memory-store.js";
import { createIngest } from "../../../src/processor/ingest.js";
import { assertGolden } from "../../golden.js";
import { alikeQueries } from "../../mockups/alike-queries.js";
import { enqueues } from "../../mockups/enqueues.js";
import { errorChanged } from "../../mockups/error-changed.js";
import { killed } from "../../mockups/killed.js";
import { clock, type Mockup } from "../../mockups/mockup-spans.js";
import { normal } from "../../mockups/normal.js";
import { running } from "../../mockups/running.js";
import { bulkEnqueue } from "../../mockups/bulk-enqueue.js";
import { oddClocks } from "../../mockups/odd-clocks.js";
import { threeAtOnce } from "../../mockups/three-at-once.js";
import { PIPED } from "../../plain-view.js";

const VIEW: View = { ...PIPED, width: 80 };

const VIEWS: Readonly<Record<string, View>> = {
  "80": VIEW,
  "120": { ...VIEW, width: 120 },
  "120-colour": { ...VIEW, width: 120, style: COLOURED },
  piped: { ...VIEW, width: undefined },
  brief: { ...VIEW, brief: true },
  ascii: { ...VIEW, ascii: true },
  colour: { ...VIEW, style: COLOURED },
};

const MOCKUPS: Readonly<Record<string, Mockup>> = {
  normal,
  "error-changed": errorChanged,
  running,
  killed,
  enqueues,
  "alike-queries": alikeQueries,
  "three-at-once": threeAtOnce,
  "odd-clocks": oddClocks,
  "bulk-enqueue": bulkEnqueue,
};

async function documentOf({ jid, bodies }: Mockup): Promise<JobDocument> {
  const { writer, reader } = createMemoryStore();
  const ingest = createIngest(writer, () => unixNano(clock("12:00:00")));
  for (const body of bodies) {
    const outcome = await ingest({ body, codec: "identity", raw: body, format: "protobuf" });
    assert.equal(outcome.kind, "accepted");
  }
  const document = await readJob(reader, parseJid(jid) ?? assert.fail());
  assert.ok(document);
  return arrangeDocument(document, DEFAULT_ARRANGEMENT);
}

// oxlint-disable-next-line no-control-regex
const COLOUR = /\x1b\[\d+m/g;

for (const [name, mockup] of Object.entries(MOCKUPS)) {
  describe(`the text of the made-up job ${name}`, () => {
    let document: JobDocument;
    before(async () => {
      document = await documentOf(mockup);
    });

    for (const [view, options] of Object.entries(VIEWS)) {
      it(`does not change unseen: ${view}`, () => {
        const text = `${jobLines(document, options).join("\n")}\n`;
        assertGolden(`mockups/${name}.${view}.txt`, text);
      });
    }

    it("says the same in colour and without, and is no wider than the terminal", () => {
      for (const width of [40, 60, 80, 100, 120, 160]) {
        const plain = jobLines(document, { ...VIEW, width });
        const coloured = jobLines(document, { ...VIEW, width, style: COLOURED });
        assert.deepEqual(
          coloured.map((line) => line.replace(COLOUR, "")),
          plain,
        );
        // The lines of the header, and commands, are for copying: they are not cut.
        for (const line of plain.slice(plain.indexOf("")))
          assert.ok(displayWidth(line) <= width || line.startsWith("Next:"), `${width}: ${line}`);
      }
    });

    it("has only ASCII signs where the terminal has no others", () => {
      for (const line of jobLines(document, { ...VIEW, ascii: true }))
        assert.match(line, /^[ -~]*$/);
    });
  });
}
