/**
 * A Redis span → one line: `REDIS SET index:12:cursor`, `REDIS pipeline: 12 commands (GET ×8, SETEX ×4)`.
 *
 * Values are left out always, and in the pattern of a key the ids are `?`. A pipeline's commands stand one on a line, in a text that the
 * instrumentation cuts at 500 characters.
 */
import { type Span, textAttribute } from "../span.js";
import { fingerprintOf } from "./fingerprint.js";

export interface RedisCommand {
  readonly name: string;
  readonly count: number;
}

export interface RedisTitle {
  readonly title: string;
  /** Each name once, in order of appearance. */
  readonly commands: readonly RedisCommand[];
  readonly keyPattern: string | null;
  readonly pipelined: boolean;
  /** The text was cut, so there were at least these commands. */
  readonly truncated: boolean;
  readonly fingerprint: string;
}

/** Where the Ruby instrumentation cuts a statement. Characters. */
const STATEMENT_LENGTH_MAX = 500;
const SHOWN_COMMANDS_MAX = 4;
/** Of a key in a title. Characters. */
const KEY_LENGTH_MAX = 60;

/** Commands whose first argument is no key. */
const KEYLESS = new Set([
  "AUTH",
  "HELLO",
  "CLIENT",
  "PING",
  "INFO",
  "MULTI",
  "EXEC",
  "EVAL",
  "EVALSHA",
  "SCRIPT",
  "SELECT",
  "TIME",
]);

/** undefined: not a Redis span. */
export function redisTitle(span: Span): RedisTitle | undefined {
  if (textAttribute(span.attributes, "db.system", "db.system.name") !== "redis") return undefined;
  const statement = textAttribute(span.attributes, "db.statement", "db.query.text") ?? "";
  const truncated = statement.length >= STATEMENT_LENGTH_MAX;
  const all = statement.split("\n").filter((line) => line.trim() !== "");
  // The last command of a text that was cut may be cut itself.
  const lines = truncated && all.length > 1 ? all.slice(0, -1) : all;
  const names = lines.length > 0 ? lines.map(commandName) : [span.name.toUpperCase()];
  const commands = countNames(names);
  const pipelined = span.name === "PIPELINED" || names.length > 1;
  const key = names.length === 1 ? keyOf(lines[0] ?? "") : null;
  const keyPattern = key === null ? null : keyPatternOf(key);
  return {
    title: titleOf(names, commands, truncated, key),
    commands,
    keyPattern,
    pipelined,
    truncated,
    fingerprint: fingerprintOf("redis", [...names, keyPattern ?? ""].join(" ")),
  };
}

function titleOf(
  names: readonly string[],
  commands: readonly RedisCommand[],
  truncated: boolean,
  key: string | null,
): string {
  if (names.every(isRedisConnecting)) return "REDIS connect";
  if (names.length === 1 && !truncated) return ["REDIS", names[0], key].filter(Boolean).join(" ");
  const counts = commands
    .slice(0, SHOWN_COMMANDS_MAX)
    .map(({ name, count }) => (count > 1 ? `${name} ×${count}` : name));
  const more = commands.length > SHOWN_COMMANDS_MAX ? ", …" : "";
  return `REDIS pipeline: ${names.length}${truncated ? "+" : ""} commands (${counts.join(", ")}${more})`;
}

function commandName(line: string): string {
  return (line.trim().split(/\s+/, 1)[0] ?? "").toUpperCase();
}

function countNames(names: readonly string[]): readonly RedisCommand[] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => ({ name, count }));
}

function keyOf(line: string): string | null {
  const [name = "", key] = line.trim().split(/\s+/, 2);
  if (key === undefined || KEYLESS.has(name.toUpperCase())) return null;
  return key.length > KEY_LENGTH_MAX ? `${key.slice(0, KEY_LENGTH_MAX - 1)}…` : key;
}

function keyPatternOf(key: string): string {
  return key.replace(/[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|\b[0-9a-fA-F]{8,}\b|\d+/g, "?");
}

/** Part of opening a connection, whichever job happens to need one first. */
const CONNECTING = new Set(["HELLO", "AUTH", "SELECT", "CLIENT"]);

export function isRedisConnecting(command: string): boolean {
  return CONNECTING.has(command);
}

const WRITES = new Set([
  "SET",
  "SETEX",
  "PSETEX",
  "SETNX",
  "GETSET",
  "MSET",
  "APPEND",
  "INCR",
  "INCRBY",
  "INCRBYFLOAT",
  "DECR",
  "DECRBY",
  "DEL",
  "UNLINK",
  "EXPIRE",
  "PEXPIRE",
  "EXPIREAT",
  "PERSIST",
  "RENAME",
  "GETDEL",
  "GETEX",
  "SETRANGE",
  "SETBIT",
  "LPUSH",
  "RPUSH",
  "LPOP",
  "RPOP",
  "LREM",
  "LTRIM",
  "LSET",
  "BRPOP",
  "BLPOP",
  "LMOVE",
  "RPOPLPUSH",
  "SADD",
  "SREM",
  "SPOP",
  "SMOVE",
  "ZADD",
  "ZREM",
  "ZINCRBY",
  "ZPOPMIN",
  "ZPOPMAX",
  "ZREMRANGEBYSCORE",
  "ZREMRANGEBYRANK",
  "HSET",
  "HMSET",
  "HSETNX",
  "HINCRBY",
  "HDEL",
  "XADD",
  "XDEL",
  "XACK",
  "PUBLISH",
  "FLUSHDB",
  "FLUSHALL",
  "EVAL",
  "EVALSHA",
]);

/** Scripts count as writing, because what they do is not recorded. */
export function writesRedis(command: string): boolean {
  return WRITES.has(command);
}
