/** The help that `store info`, `store verify` and `store prune` share: who looks after a store wants all three. */
export const STORE_HELP = `jobtrace store info|verify|prune: the files on disk

  jobtrace store info
  jobtrace store verify
  jobtrace store prune --older-than=30d --dry-run

info: jobs, spans and bytes, since when, what is damaged, and whether a collector is running. Reads
the headers of the files, so it is quick however large the store is
  --tz=UTC               local, or a zone such as Europe/Berlin

verify: reads everything; one line for each damaged record or index, with its file, offset and
length. Reads only: a collector may be running. Deletes and repairs nothing

prune: deletes the oldest segments, whole files of up to 64 MiB or a day, and never the newest. Only
while no collector is running: that one does it by itself, see --keep and --keep-size of jobtrace
serve
  --older-than=30d       segments whose newest span was received longer ago: 30d, 12h, 90m. Counted
                         back from the newest span of the store, so that a wrong clock deletes
                         nothing
  --max-size=20GB        the oldest until the store is no larger: 20GB, 500MB, 20GiB
  --dry-run              only print what would go; a collector may be running

  --json                 one document
  --store=DIR            (JOBTRACE_STORE)
  --color, --ascii, --width, --no-pager, --quiet: as for inspect

Exit status: 0 done; 1 verify found damage; 2 usage; 4 no store, or prune while a collector is
running; 130 interrupted
`;
