/** Loaded into the server under test before its own code: tells over IPC what is on its heap when it is asked. */
import { collectGarbage } from "./collect-garbage.js";

process.on("message", () => process.send?.(collectGarbage()));
// The channel alone must not keep the server from ending.
process.channel?.unref();
