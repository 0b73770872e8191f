/** The names of classes that a store knows: to say which one may have been meant. */
import type { JobStoreReader } from "../store/job-store.js";

/** More are not looked through. */
export const NAMES_MAX = 10_000;

/** The index is asked for nothing but shows what it has. */
export async function knownClasses(reader: JobStoreReader): Promise<readonly string[]> {
  const names = new Set<string>();
  const facts = ({ jobClass }: { readonly jobClass: string }): boolean => {
    if (names.size < NAMES_MAX && jobClass !== "") names.add(jobClass);
    return false;
  };
  for await (const _ of reader.jobs({ facts }));
  return [...names].sort();
}
