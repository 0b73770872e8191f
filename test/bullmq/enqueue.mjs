// Pushes jobs from a traced program of its own, inside a span as a web request's would be.
import { provider } from "./tracing.mjs";
import { SpanKind, trace } from "@opentelemetry/api";
import { Queue } from "bullmq";
import { BullMQOtel } from "bullmq-otel";

const telemetry = new BullMQOtel({ tracerName: "shop-queues" });
const orders = new Queue("orders", { connection: { url: process.env.REDIS_URL }, telemetry });
const tracer = trace.getTracer("shop", "1.0.0");
await tracer.startActiveSpan("POST /orders", { kind: SpanKind.SERVER }, async (span) => {
  for (const name of process.argv.slice(2)) {
    const retry = name === "flaky" ? { attempts: 3, backoff: 50 } : {};
    const job = await orders.add(name, { order: 42 }, retry);
    console.log(`${name} is orders:${job.id}`);
  }
  span.end();
});
await orders.close();
await provider.shutdown();
