/** Graphviz's grammar as far as we write it: every statement is a node, an edge or a default, every text is quoted and closed. */
import assert from "node:assert/strict";

export interface DotGraph {
  readonly nodes: ReadonlyMap<string, Readonly<Record<string, string>>>;
  readonly edges: readonly { readonly from: string; readonly to: string; readonly label: string }[];
}

const TOKEN = /\s+|->|[{}[\];=,]|[A-Za-z_][A-Za-z0-9_]*|-?\d+|"(?:[^"\\\n]|\\.)*"/gy;

/** Throws at the first thing that is no dot. */
export function parseDot(text: string): DotGraph {
  const tokens = tokensOf(text);
  const nodes = new Map<string, Readonly<Record<string, string>>>();
  const edges: { from: string; to: string; label: string }[] = [];
  let at = 0;
  const next = (): string => tokens[at++] ?? assert.fail("the text ends too early");
  const expect = (wanted: string): void => assert.equal(next(), wanted);
  expect("digraph");
  next();
  expect("{");
  while (tokens[at] !== "}") {
    const first = next();
    assert.match(first, /^[A-Za-z_]/, `${first} is no name`);
    if (tokens[at] === "=") {
      at += 2;
    } else if (tokens[at] === "->") {
      at++;
      const to = next();
      edges.push({ from: first, to, label: attributes()["label"] ?? "" });
    } else {
      const found = attributes();
      if (first !== "node" && first !== "edge") nodes.set(first, found);
    }
    expect(";");
  }
  assert.equal(at, tokens.length - 1, "something follows the graph");
  return { nodes, edges };

  function attributes(): Record<string, string> {
    const found: Record<string, string> = {};
    if (tokens[at] !== "[") return found;
    at++;
    while (tokens[at] !== "]") {
      const name = next();
      expect("=");
      const value = next();
      found[name] = value.startsWith('"')
        ? value.slice(1, -1).replace(/\\(.)/g, (_, sign: string) => (sign === "n" ? "\n" : sign))
        : value;
      if (tokens[at] === ",") at++;
    }
    at++;
    return found;
  }
}

function tokensOf(text: string): readonly string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const from = TOKEN.lastIndex;
    const [token] = TOKEN.exec(text) ?? assert.fail(`no dot at ${text.slice(from, from + 60)}`);
    if (token.trim() !== "") tokens.push(token);
  }
  return tokens;
}
