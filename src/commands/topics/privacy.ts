/** `jobtrace help privacy`: what is kept, where, for how long, and who can see it. */
import { DEFAULT_LISTEN } from "../../receiver/listen-address.js";
import { RETENTION_DEFAULT } from "../settings/retention-setting.js";
import { sizeText } from "../size-text.js";
import { durationText } from "../duration.js";

export function privacyTopic(): string {
  const hosts = [...new Set(DEFAULT_LISTEN.map(({ host }) => host))].join(" and ");
  const { ageMax, bytesMax } = RETENTION_DEFAULT;
  return `What is kept
  Every span and log line that an application sends, byte for byte: names, attributes, SQL,
  addresses, messages of errors, backtraces, log texts. jobtrace masks none of it; what must not be
  kept must not be sent. By default Ruby's instrumentation puts ? for values in SQL and of Redis,
  and sends no arguments of jobs (the initializer of jobtrace help ruby does with JOBTRACE_ARGS=1).
  Messages of errors, log lines and addresses come as they are.

What is shown
  Titles leave out user, password and the values of an address's query, and values of Redis. --full
  and --json show more: whole statements, queries, attributes. The files have all that was sent.

Where
  One folder: --store, JOBTRACE_STORE, else ./.jobtrace if it is there, else
  $XDG_STATE_HOME/jobtrace or ~/.local/state/jobtrace. jobtrace config says which.
  Only its owner may read it (folders 0700, files 0600). The files are not encrypted.

For how long
  ${durationText(ageMax)}; the oldest go earlier when the store is larger than ${sizeText(bytesMax)}: serve --keep, --keep-size.
  jobtrace store prune --older-than=7d     what is older, while no collector runs
  rm -r of the folder                      all of it, likewise
  One job alone cannot be taken out.

Who can see it
  serve listens on ${hosts}: this machine only, but every user of it may send and
  look at jobs. For more, --listen: set JOBTRACE_TOKEN, which whoever sends or looks must then have.
  Nothing is encrypted on the way.
  Nothing is sent on unless --forward says where to. jobtrace tells nobody that it is used.`;
}
