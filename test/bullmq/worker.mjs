// A worker of two queues. Its jobs say by their names what becomes of them.
import { provider } from "./tracing.mjs";
import { setTimeout as sleep } from "node:timers/promises";
import { SpanKind, trace } from "@opentelemetry/api";
import { Queue, Worker } from "bullmq";
import { BullMQOtel } from "bullmq-otel";

const tracer = trace.getTracer("shop", "1.0.0");
const telemetry = new BullMQOtel({ tracerName: "shop-queues" });
const connection = { url: process.env.REDIS_URL, maxRetriesPerRequest: null };
const mails = new Queue("mails", { connection, telemetry });

const JOBS = {
  // Two statements one after the other, and a job of another queue with the same number.
  async invoice() {
    await query("SELECT * FROM orders WHERE id=42");
    await mails.add("receipt", { order: 42 });
    await query("UPDATE orders SET state='paid'");
  },
  async receipt() {
    await query("SELECT * FROM customers WHERE id=7");
  },
  async flaky(job) {
    await query("INSERT INTO tries (n) VALUES (1)");
    if (job.attemptsMade === 0) throw new TypeError("the first time never works");
  },
  async hopeless() {
    throw new RangeError("no such order");
  },
  // Killed meanwhile.
  async endless() {
    await query("INSERT INTO imports (row) VALUES (1)");
    await provider.forceFlush();
    console.log("endless is under way");
    await sleep(3_600_000);
  },
};

/** A statement as an instrumented database driver records it. */
async function query(text) {
  const attributes = { "db.system.name": "postgresql", "db.query.text": text };
  await tracer.startActiveSpan("query", { kind: SpanKind.CLIENT, attributes }, async (span) => {
    await sleep(5);
    span.end();
  });
}

const workers = ["orders", "mails"].map(
  (name) =>
    new Worker(name, (job) => JOBS[job.name](job), { connection, telemetry, concurrency: 4 }),
);
for (const worker of workers) {
  worker.on("completed", (job) => console.log(`${worker.name}:${job.id} completed`));
  worker.on("failed", (job, error) =>
    console.log(`${worker.name}:${job?.id} failed after ${job?.attemptsMade}: ${error.message}`),
  );
}
await Promise.all(workers.map((worker) => worker.waitUntilReady()));
console.log("ready");
