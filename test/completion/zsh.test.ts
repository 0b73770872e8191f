/** The completion of zsh: an interactive zsh in a pseudo-terminal, with the key pressed. */
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { temporaryFolder } from "../temporary-folder.js";
import { CHARGE, inShell, needsShell, type ShellRoom, shellRoom } from "./shells.js";

/** $1: how completion is set up; the others: what is typed before the key. Prints the line as it is after it, or what zsh lists. */
const TYPIST = String.raw`
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "PROMPT='' RPROMPT='' PROMPT_EOL_MARK=''; autoload -Uz compinit; $1"
# Ctrl-X shows the line and empties it.
zpty -w z 'show() { print -r -- "LINE<$BUFFER>"; BUFFER= }; zle -N show; bindkey "^X" show; echo REA""DY'
zpty -r z out '*READY*'
shift
for typed; do
  zpty -w -n z "$typed"$'\t\x18'
  zpty -r z out '*LINE<*>*'
  print -r -- "$out"
  print -r -- "----"
done
zpty -d z
`;

describe("completion in zsh", function () {
  this.timeout(60_000);
  before(needsShell("zsh"));
  const folder = temporaryFolder();

  const sourced = ({ script }: ShellRoom): string => `compinit -u -D; source ${script}`;

  function type(room: ShellRoom, setUp: string, ...lines: readonly string[]): readonly string[] {
    const file = join(room.folder, "typist.zsh");
    writeFileSync(file, TYPIST);
    return inShell(room, "zsh", ["-f", file, setUp, ...lines])
      .split("----\n")
      .slice(0, -1);
  }

  it("completes commands, options, values, ids, classes, files and folders", async () => {
    const room = await shellRoom(folder(), "zsh");
    const cases: readonly (readonly [string, string])[] = [
      ["jobtrace ins", "jobtrace inspect "],
      ["jobtrace store v", "jobtrace store verify "],
      ["jobtrace inspect --js", "jobtrace inspect --json "],
      ["jobtrace list --sor", "jobtrace list --sort="],
      ["jobtrace list --state=fai", "jobtrace list --state=failed "],
      ["jobtrace list --sort du", "jobtrace list --sort duration "],
      ["jobtrace inspect 12c", `jobtrace inspect ${CHARGE} `],
      ["jobtrace inspect @last:Charge", "jobtrace inspect @last:ChargeJob "],
      ["jobtrace import tw", "jobtrace import two.pb "],
      ["jobtrace list --store=in\\ ", "jobtrace list --store=in\\ two/"],
    ];
    const shown = type(room, sourced(room), ...cases.map(([line]) => line));
    assert.deepEqual(
      cases.map(([line], at) => [line, /LINE<(.*)>/.exec(shown[at] ?? "")?.[1]]),
      cases,
    );
  });

  it("says what each is where there are several", async () => {
    const room = await shellRoom(folder(), "zsh");
    const [shown = ""] = type(room, sourced(room), "jobtrace store ");
    for (const text of ["info", "-- what is on disk", "verify", "-- read everything, name what is"])
      assert.ok(shown.includes(text), shown);
  });

  it("is read by zsh without a warning, also as a file in $fpath", async () => {
    const room = await shellRoom(folder(), "zsh");
    const { status, stderr } = spawnSync("zsh", ["-n", room.script], { encoding: "utf8" });
    assert.deepEqual([status, stderr], [0, ""]);
    mkdirSync(join(room.folder, "functions"));
    copyFileSync(room.script, join(room.folder, "functions/_jobtrace"));
    const setUp = `fpath=(${room.folder}/functions $fpath); compinit -u -D`;
    const [shown = ""] = type(room, setUp, "jobtrace ins");
    assert.match(shown, /LINE<jobtrace inspect >/);
  });
});
