/** How grave a log line is: OpenTelemetry's numbers, their names, and the words that loggers write. */

/** Of a level's first number: 1 TRACE, 5 DEBUG, 9 INFO, 13 WARN, 17 ERROR, 21 FATAL (logs data model, "SeverityNumber"). */
const LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"] as const;

const NUMBERS_PER_LEVEL = 4;

/** Words that are no level's name, and the level that they are (the same, "Mapping of SeverityNumber"). */
const WORDS: Readonly<Record<string, (typeof LEVELS)[number]>> = {
  VERBOSE: "DEBUG",
  INFORMATION: "INFO",
  NOTICE: "INFO",
  WARNING: "WARN",
  ERR: "ERROR",
  CRITICAL: "FATAL",
  CRIT: "FATAL",
  ALERT: "FATAL",
  EMERGENCY: "FATAL",
  EMERG: "FATAL",
  PANIC: "FATAL",
};

/** What `--severity` takes. */
export const SEVERITY_NAMES: readonly string[] = LEVELS.map((name) => name.toLowerCase());

/** From the first number of ERROR on. */
export function isGrave(number: number): boolean {
  return number >= LEVELS.indexOf("ERROR") * NUMBERS_PER_LEVEL + 1;
}

/** The number of a line: its own, else that of its word; null: neither tells. */
export function severityNumber(number: number, text: string): number | null {
  if (number >= 1 && number <= LEVELS.length * NUMBERS_PER_LEVEL) return number;
  return severityOfName(text);
}

/** The first number of the level that a word means. */
export function severityOfName(word: string): number | null {
  const upper = word.trim().toUpperCase();
  const level = LEVELS.findIndex((name) => name === (WORDS[upper] ?? upper));
  return level === -1 ? null : level * NUMBERS_PER_LEVEL + 1;
}

/** As its logger wrote it, else the name of its number: `WARN`, `WARN2`; null: not recorded. */
export function severityName(number: number, text: string): string | null {
  if (text.trim() !== "") return text.trim();
  const level = LEVELS[Math.floor((number - 1) / NUMBERS_PER_LEVEL)];
  if (number < 1 || level === undefined) return null;
  const step = (number - 1) % NUMBERS_PER_LEVEL;
  return step === 0 ? level : `${level}${step + 1}`;
}
