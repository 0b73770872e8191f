/** A job that reads, inserts, calls out, updates and commits. */
import { exampleRequest } from "../example-job.js";
import type { Mockup } from "./mockup-spans.js";

export const normal: Mockup = { jid: "abc123", bodies: [exampleRequest()] };
