/** What an attempt changed, as expectations of RSpec. What cannot be expected of a fresh database is told as a reason. */
import type { Attempt } from "../../model/job-document.js";
import type { Effects, TableEffect } from "../../model/effects-document.js";
import { rubyText } from "../../inspect/ruby-call.js";
import { modelOf, rubyConstant } from "./ruby-names.js";

export interface EffectChecks {
  readonly expectations: readonly string[];
  readonly reasons: readonly string[];
}

/** Catalogues of databases and what Rails keeps of its own. */
const OWN_TABLES =
  /^(?:pg_|information_schema|sqlite_|mysql\.|schema_migrations$|ar_internal_metadata$)/;

export function effectChecks({ effects, steps }: Attempt): EffectChecks {
  const tables = effects.tables.filter(({ table }) => !OWN_TABLES.test(table));
  const checks = tables.map(tableCheck);
  const needed = tables.filter(needsRows).map(({ table }) => table);
  const viaActiveJob = pushedByActiveJob(steps);
  const mails = effects.mail.count;
  return {
    expectations: [
      ...checks.flatMap(({ expectations }) => expectations),
      ...jobsByClass(effects).flatMap(([name, count]) => jobCheck(name, count, viaActiveJob)),
      ...(mails > 0 ? [`expect(ActionMailer::Base.deliveries.size).to eq(${mails})`] : []),
    ],
    reasons: [
      ...(needed.length === 0
        ? []
        : [
            `create the rows it needs in ${needed.join(", ")} first: their columns were not recorded`,
          ]),
      ...checks.flatMap(({ reasons }) => reasons),
    ],
  };
}

/** Its expectations ask the queues that Sidekiq keeps while testing. */
export function enqueuesIntoSidekiq({ effects, steps }: Attempt): boolean {
  const viaActiveJob = pushedByActiveJob(steps);
  return effects.jobs.some(
    ({ class: name }) => rubyConstant(name) !== undefined && !viaActiveJob.has(name),
  );
}

function pushedByActiveJob(steps: Attempt["steps"]): ReadonlySet<string> {
  return new Set(
    steps.flatMap(({ detail, library }) =>
      detail?.type === "enqueue" && library?.name.endsWith("::ActiveJob") === true
        ? [detail.class]
        : [],
    ),
  );
}

/** It read them, or changed what was there. */
function needsRows({ reads, updates, deletes }: TableEffect): boolean {
  return reads > 0 || updates.statements > 0 || deletes.statements > 0;
}

const NO_CHECK: EffectChecks = { expectations: [], reasons: [] };

function tableCheck({ table, inserts, deletes, outcome }: TableEffect): EffectChecks {
  if (inserts.statements === 0) return NO_CHECK;
  const model = modelOf(table);
  const counted =
    model === undefined ? `${rubyText(table)}.classify.constantize.count` : `${model}.count`;
  const expected = (count: number): EffectChecks => ({
    expectations: [`expect(${counted}).to eq(${count})`],
    reasons: [],
  });
  if (outcome === "rolled_back") return expected(0);
  if (outcome !== "committed")
    return {
      expectations: [],
      reasons: [`whether what went into ${table} was committed is not certain`],
    };
  if (inserts.rows === null)
    return { expectations: [], reasons: [`how many rows went into ${table} was not recorded`] };
  // What is deleted is not what was inserted here.
  if (deletes.statements > 0) return NO_CHECK;
  return expected(inserts.rows);
}

function jobsByClass({ jobs }: Effects): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const { class: name, jids } of jobs) counts.set(name, (counts.get(name) ?? 0) + jids.length);
  return [...counts];
}

function jobCheck(
  name: string,
  count: number,
  viaActiveJob: ReadonlySet<string>,
): readonly string[] {
  const constant = rubyConstant(name);
  if (constant === undefined) return [];
  return viaActiveJob.has(name)
    ? [`expect(${constant}).to have_been_enqueued.exactly(${count}).times`]
    : [`expect(${constant}.jobs.size).to eq(${count})`];
}
