/** The chain of a job as a Mermaid flowchart. */
import type { ChainGraph } from "./chain-graph.js";
import { pictureOf } from "./picture-labels.js";

export function mermaidLines(chain: ChainGraph): readonly string[] {
  const { nodes, edges } = pictureOf(chain);
  return [
    "flowchart TD",
    ...nodes.map(
      ({ name, lines, look }) =>
        `  ${name}["${textOf(lines, "<br/>")}"]${look === "plain" ? "" : `:::${look}`}`,
    ),
    ...edges.map(({ from, to, label, isOpen }) => {
      const arrow = isOpen ? "-.->" : "-->";
      return `  ${from} ${arrow}${label === "" ? "" : `|"${textOf([label], " ")}"|`} ${to}`;
    }),
    "  classDef failed stroke:#b00,stroke-width:2px",
    "  classDef queued stroke-dasharray:4",
  ];
}

export function textOf(lines: readonly string[], separator: string): string {
  return lines
    .filter((line) => line !== "")
    .map(escaped)
    .join(separator);
}

/**
 * Mermaid's "entity codes": what ends a quoted text, begins markup, a directive (`%%{`) or an entity, is written as its
 * number.
 */
function escaped(text: string): string {
  return text.replace(/["#&<>`%\\;{}[\]|]/g, (sign) => `#${sign.charCodeAt(0)};`);
}
