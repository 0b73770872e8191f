/** The JSON Schemas that the package ships under schema/, those of other tools' files, and whether a document keeps to one. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";

const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
const validators = new Map<string, ValidateFunction>();

/** Written down from what those tools document, under test/schemas. */
const OTHERS: readonly string[] = ["jaeger-upload", "speedscope", "trace-event"];

/** `name`: of a file under schema/ without `.json`; `job-v1` for jobtrace.job/v1. */
export function assertKeepsSchema(name: string, document: unknown): void {
  const validate = validatorOf(name);
  assert.ok(validate(document), `${name}: ${ajv.errorsText(validate.errors, { separator: "\n" })}`);
}

/** The same as an answer. */
export function keepsSchema(name: string, document: unknown): boolean {
  return validatorOf(name)(document);
}

function validatorOf(name: string): ValidateFunction {
  const known = validators.get(name);
  if (known !== undefined) return known;
  const folder = OTHERS.includes(name) ? "test/schemas" : "schema";
  const made = ajv.compile(JSON.parse(readFileSync(`${folder}/${name}.json`, "utf8")) as object);
  validators.set(name, made);
  return made;
}
