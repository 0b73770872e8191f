/** Who pushed a job, in words. */
import type { Enqueued } from "../model/job-document.js";
import { safeText } from "./safe-text.js";

export function enqueuerText({ kind, title, jid, service }: Enqueued): string {
  if (kind === "not_received") return "(not received)";
  if (kind === "none" || title === null)
    return `${safeText(service ?? "(service not recorded)")}, outside any span`;
  if (kind === "job") return `${safeText(title)} ${safeText((jid ?? "").slice(0, 8))}`;
  return service === null ? safeText(title) : `${safeText(title)} (${safeText(service)})`;
}
