/** Every format there is, in the order of the help. */
import { writeChrome } from "./chrome.js";
import type { ExportFormat } from "./export-format.js";
import { writeJaeger } from "./jaeger.js";
import { writeMarkdown } from "./markdown.js";
import { writeOtlpJson } from "./otlp-json.js";
import { writeRspec } from "./rspec/rspec.js";
import { writeSpeedscope } from "./speedscope.js";

export const EXPORT_FORMATS = {
  "otlp-json": { write: writeOtlpJson, isForPeople: false },
  jaeger: { write: writeJaeger, isForPeople: false },
  chrome: { write: writeChrome, isForPeople: false },
  speedscope: { write: writeSpeedscope, isForPeople: false },
  rspec: { write: writeRspec, isForPeople: true },
  md: { write: writeMarkdown, isForPeople: true },
} as const satisfies Readonly<Record<string, ExportFormat>>;

export type ExportFormatName = keyof typeof EXPORT_FORMATS;

export const EXPORT_FORMAT_NAMES = Object.keys(EXPORT_FORMATS) as readonly ExportFormatName[];
