/** The nodes of a graph of classes while it is added up: as many as are allowed, and one that stands for the others. */
import type { ClassNode } from "./class-graph-document.js";
import { type Enqueuer, isUnknown } from "./enqueuer.js";

export interface Node {
  /** In order of first use. */
  readonly index: number;
  readonly kind: ClassNode["kind"];
  readonly id: string;
  readonly title: string | null;
  jobs: number;
  readonly unknown: Record<keyof ClassNode["unknown"], number>;
}

export interface NodeLimits {
  readonly classes: number;
  /** Requests and other spans: where no route is recorded, each path is one. */
  readonly enqueuers: number;
}

export interface Nodes {
  ofClass(name: string): Node;
  /** undefined: it is unknown. */
  of(enqueuer: Enqueuer): Node | undefined;
  all(): Iterable<Node>;
  readonly size: number;
}

export function createNodes({ classes, enqueuers }: NodeLimits): Nodes {
  const known = new Map<string, Node>();
  let classCount = 0;
  let enqueuerCount = 0;

  function made(kind: Node["kind"], id: string, title: string | null): Node {
    const node: Node = {
      index: known.size,
      kind,
      id,
      title,
      jobs: 0,
      unknown: { none: 0, not_received: 0, not_looked_for: 0, not_recorded: 0 },
    };
    known.set(id, node);
    return node;
  }

  function ofClass(name: string): Node {
    const id = `job:${name}`;
    const node = known.get(id);
    if (node !== undefined) return node;
    if (classCount >= classes)
      return known.get("others:job") ?? made("others", "others:job", "other classes");
    classCount++;
    return made("job", id, name === "" ? null : name);
  }

  return {
    ofClass,
    of(enqueuer) {
      if (enqueuer.kind === "job") return ofClass(enqueuer.jobClass);
      if (isUnknown(enqueuer)) return undefined;
      const { kind, title } = enqueuer;
      const id = `${kind}:${title}`;
      const node = known.get(id);
      if (node !== undefined) return node;
      if (enqueuerCount >= enqueuers)
        return known.get("others:span") ?? made("others", "others:span", "other enqueuers");
      enqueuerCount++;
      return made(kind, id, title);
    },
    all: () => known.values(),
    get size() {
      return known.size;
    },
  };
}
