/** The topics of `jobtrace help`, in the order in which they are listed. Where the code has a table, they are drawn from it. */
import { exitCodesTopic } from "./exit-codes.js";
import { idsTopic } from "./ids.js";
import { jsonTopic } from "./json.js";
import { privacyTopic } from "./privacy.js";
import { rubyTopic } from "./ruby.js";
import { rulesTopic } from "./rules.js";
import { statesTopic } from "./states.js";

export const TOPICS: Readonly<Record<string, () => string>> = {
  ids: idsTopic,
  json: jsonTopic,
  states: statesTopic,
  rules: rulesTopic,
  "exit-codes": exitCodesTopic,
  ruby: rubyTopic,
  privacy: privacyTopic,
};
