/** Which job enqueued which, as far as it may lie on a cycle of classes: chains of real jobs are followed over these. */

/** About 150 bytes each. */
const LINKS_MAX = 200_000;

export interface JobLink {
  readonly parent: string;
  /** Nodes of the classes. */
  readonly from: number;
  readonly to: number;
}

export interface JobLinks {
  add(jid: string, link: JobLink): void;
  /** Links that were not kept. */
  readonly omitted: number;
  /** Over the links that are wanted: the longest chain; of equals the one whose last jid is the smallest. */
  longestChain(isWanted: (link: JobLink) => boolean): readonly string[];
}

/** `isNeeded`: whether a link may lie on a cycle, as far as is known when there are too many. */
export function createJobLinks(isNeeded: (link: JobLink) => boolean, max = LINKS_MAX): JobLinks {
  const links = new Map<string, JobLink>();
  let omitted = 0;
  let pruneAt = max;

  function prune(): void {
    for (const [jid, link] of links) {
      if (isNeeded(link)) continue;
      links.delete(jid);
      omitted++;
    }
    // When nearly all are needed, looking through them at each one that is added would find nothing.
    pruneAt = Math.min(max, links.size * 2 + max / 16);
  }

  return {
    add(jid, link) {
      if (links.has(jid)) return;
      if (links.size >= pruneAt) prune();
      if (links.size >= max) omitted++;
      else links.set(jid, link);
    },
    get omitted() {
      return omitted;
    },
    longestChain(isWanted) {
      const lengths = new Map<string, number>();
      let best: string | undefined;
      let longest = 0;
      for (const [jid, link] of links) {
        if (!isWanted(link)) continue;
        const length = lengthTo(jid, links, lengths, isWanted);
        if (length < longest || (length === longest && best !== undefined && jid > best)) continue;
        best = jid;
        longest = length;
      }
      return best === undefined ? [] : chainTo(best, links, longest);
    },
  };
}

/** Jobs from the first of the chain to this one. Links in a circle, which no honest sender makes, are cut where met again. */
function lengthTo(
  jid: string,
  links: ReadonlyMap<string, JobLink>,
  lengths: Map<string, number>,
  isWanted: (link: JobLink) => boolean,
): number {
  const path: string[] = [];
  const onPath = new Set<string>();
  let current = jid;
  let length = 0;
  for (;;) {
    const known = lengths.get(current);
    if (known !== undefined) {
      length = known;
      break;
    }
    const link = links.get(current);
    if (link === undefined || !isWanted(link) || onPath.has(current)) break;
    path.push(current);
    onPath.add(current);
    current = link.parent;
  }
  // The one that the climb ended at is the first job, unless it was counted before.
  if (length === 0) length = onPath.has(current) ? 0 : 1;
  for (const each of path.reverse()) lengths.set(each, ++length);
  return lengths.get(jid) ?? length;
}

function chainTo(
  jid: string,
  links: ReadonlyMap<string, JobLink>,
  length: number,
): readonly string[] {
  const chain = [jid];
  for (
    let link = links.get(jid);
    link !== undefined && chain.length < length;
    link = links.get(link.parent)
  )
    chain.push(link.parent);
  return chain.reverse();
}
