/** `jobtrace version`. */
import type { Command } from "./command.js";
import { EXIT } from "./exit-code.js";

const VERSION_HELP = `jobtrace version: which jobtrace this is

  jobtrace version
  jobtrace version --json
`;

export const versionCommand: Command = {
  name: "version",
  help: VERSION_HELP,
  options: { json: { takes: "flag" } },
  takes: "none",
  async run(line, context) {
    const facts = {
      schema: "jobtrace.version/v1",
      version: context.version,
      node: process.versions.node,
    };
    context.print(line.flag("json") ? JSON.stringify(facts) : `jobtrace ${facts.version}`);
    return EXIT.done;
  },
};
