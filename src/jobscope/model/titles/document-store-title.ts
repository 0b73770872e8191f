/** A span of a database without SQL → one line and what it did, in the words of SQL, so that effects count it. */
import { type Span, textAttribute } from "../span.js";
import { fingerprintOf } from "./fingerprint.js";
import type { SqlTitle } from "./sql-title.js";

/** Systems whose statements are not SQL, and what a reader calls them. */
const SYSTEMS: ReadonlyMap<string, string> = new Map([
  ["mongodb", "MONGO"],
  ["elasticsearch", "ELASTICSEARCH"],
  ["opensearch", "OPENSEARCH"],
  ["dynamodb", "DYNAMODB"],
  ["aws.dynamodb", "DYNAMODB"],
  ["couchbase", "COUCHBASE"],
  ["couchdb", "COUCHDB"],
  ["neo4j", "NEO4J"],
  ["influxdb", "INFLUXDB"],
]);

const VERBS: ReadonlyMap<string, string> = new Map([
  ["insert", "INSERT"],
  ["update", "UPDATE"],
  ["findandmodify", "UPDATE"],
  ["delete", "DELETE"],
  ["find", "SELECT"],
  ["aggregate", "SELECT"],
  ["count", "SELECT"],
  ["distinct", "SELECT"],
  ["getmore", "SELECT"],
]);

const WRITES: ReadonlySet<string> = new Set(["INSERT", "UPDATE", "DELETE"]);

/** undefined: a database that speaks SQL, or one that is not known. */
export function documentStoreTitle(span: Span): SqlTitle | undefined {
  const { attributes, name } = span;
  const system = textAttribute(attributes, "db.system.name", "db.system") ?? "";
  const label = SYSTEMS.get(system);
  if (label === undefined) return undefined;
  // `orders.insert`, where the attributes do not say.
  const [, namedCollection, namedOperation] = /^([\w$-]+)\.(\w+)$/.exec(name) ?? [];
  const operation =
    textAttribute(attributes, "db.operation.name", "db.operation") ?? namedOperation ?? name;
  const collection =
    textAttribute(attributes, "db.collection.name", "db.mongodb.collection", "db.sql.table") ??
    namedCollection;
  const verb = VERBS.get(operation.toLowerCase()) ?? operation.toUpperCase();
  const summary = [operation, collection].filter(Boolean).join(" ");
  return {
    title: `${label} ${summary}`,
    verb,
    tables: collection === undefined ? [] : [collection],
    target: collection !== undefined && WRITES.has(verb) ? collection : null,
    summary,
    fingerprint: fingerprintOf("db", `${system} ${summary}`),
    tags: [],
  };
}
