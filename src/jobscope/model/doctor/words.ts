/** How the checks of `doctor` count and name. */
import { countText } from "../count-text.js";

export function counted(count: number, noun: string, nouns = `${noun}s`): string {
  return `${countText(count)} ${count === 1 ? noun : nouns}`;
}

export function serviceName(name: string | undefined): string {
  return name ?? "unknown_service";
}

/** `a, b and 3 more`. */
export function some(texts: readonly string[], max = 5): string {
  const shown = texts.slice(0, max).join(", ");
  return texts.length > max ? `${shown} and ${countText(texts.length - max)} more` : shown;
}
