// The set-up that README.md shows.
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-grpc";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { JobScopeSpanProcessor } from "jobtrace";

const exporter = new OTLPTraceExporter(); // OTEL_EXPORTER_OTLP_ENDPOINT
const spanProcessors = [
  new JobScopeSpanProcessor({ startRecords: exporter }),
  new BatchSpanProcessor(exporter),
];
const resource = resourceFromAttributes({ "service.name": "shop-worker" });
export const provider = new NodeTracerProvider({ resource, spanProcessors });
provider.register();
