/** `jobtrace help exit-codes`. */
import { EXIT, EXIT_MEANINGS } from "../exit-code.js";

export function exitCodesTopic(): string {
  const rows = Object.entries(EXIT_MEANINGS).map(([name, meaning]) => {
    const code = EXIT[name as keyof typeof EXIT];
    return `  ${String(code).padEnd(5)}${meaning}`;
  });
  return `${rows.join("\n")}

A reader that closes the pipe, as head does, is no error: 0, without a message.`;
}
