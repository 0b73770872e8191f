/** Exporters of other protocols, known by where they post. */

export interface ForeignExporter {
  readonly name: "Zipkin" | "Jaeger";
  /** The gem that it is of, which has to go. */
  readonly gem: string;
}

const ZIPKIN: ForeignExporter = { name: "Zipkin", gem: "opentelemetry-exporter-zipkin" };
const JAEGER: ForeignExporter = { name: "Jaeger", gem: "opentelemetry-exporter-jaeger" };

const PATHS: Readonly<Record<string, ForeignExporter>> = {
  "/api/v1/spans": ZIPKIN,
  "/api/v2/spans": ZIPKIN,
  "/api/traces": JAEGER,
};

export function foreignExporter(path: string): ForeignExporter | undefined {
  return Object.hasOwn(PATHS, path) ? PATHS[path] : undefined;
}
