/** The reader's browser, started without a shell and left to itself. */
import { spawn } from "node:child_process";

type Env = Readonly<Record<string, string | undefined>>;

/** What cannot open the page says so at once; a browser that takes longer has opened it. */
const FAILS_WITHIN_MS = 300;

/** Whether one was started. */
export async function openInBrowser(
  page: string,
  env: Env,
  platform: NodeJS.Platform = process.platform,
): Promise<boolean> {
  for (const [program, ...args] of browsersOf(page, env, platform))
    if (program !== undefined && (await starts(program, args))) return true;
  return false;
}

/** Commands to try in turn, each with its arguments. */
export function browsersOf(
  page: string,
  env: Env,
  platform: NodeJS.Platform,
): readonly (readonly string[])[] {
  const named = (env["BROWSER"] ?? "").trim();
  // Several with colons between, and %s where the address goes, are what xdg-open and others take.
  if (named !== "")
    return (platform === "win32" ? [named] : named.split(":"))
      .map((command) => command.split(/\s+/).filter((word) => word !== ""))
      .filter((words) => words.length > 0)
      .map((words) => withPage(words, page));
  if (platform === "darwin") return [["open", page]];
  // `start` is a word of the shell, which would read signs in the address as its own.
  if (platform === "win32") return [["rundll32", "url.dll,FileProtocolHandler", page]];
  // Without a screen it would look for a browser of the terminal, and find none there.
  return env["DISPLAY"] || env["WAYLAND_DISPLAY"] ? [["xdg-open", page]] : [];
}

function withPage(words: readonly string[], page: string): readonly string[] {
  const filled = words.map((word) => word.replaceAll("%s", () => page));
  return words.some((word) => word.includes("%s")) ? filled : [...words, page];
}

function starts(program: string, args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { detached: true, stdio: "ignore" });
    let waiting: NodeJS.Timeout | undefined;
    const end = (isStarted: boolean): void => {
      clearTimeout(waiting);
      resolve(isStarted);
    };
    child.once("error", () => end(false));
    child.once("exit", (code) => end(code === 0));
    child.once("spawn", () => (waiting = setTimeout(() => end(true), FAILS_WITHIN_MS)));
    child.unref();
  });
}
