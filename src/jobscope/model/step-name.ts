/** What a step does, without its values: `HTTP POST billing.internal/charge`, `INSERT invoices`. Shorter than its title. */
import type { Step } from "./step-document.js";

export function stepName({ detail, title }: Pick<Step, "detail" | "title">): string {
  if (detail?.type === "http")
    return `HTTP ${detail.method} ${detail.host ?? "(host not recorded)"}${detail.path_pattern ?? ""}`;
  if (detail?.type === "db" && detail.summary !== "") return detail.summary;
  if (detail?.type === "redis" && detail.commands.length === 1)
    return `REDIS ${detail.commands[0]?.name ?? ""}`;
  return title;
}
