/**
 * Colour, by role. Sixteen colours only, so the reader's own theme applies; never a background, and never the only
 * signal: an error also has its sign.
 */

export interface Style {
  /** What you came for. */
  readonly strong: (text: string) => string;
  /** Measurements. */
  readonly dim: (text: string) => string;
  /** Ids: the things to copy. */
  readonly id: (text: string) => string;
  readonly error: (text: string) => string;
  readonly doubt: (text: string) => string;
}

const same = (text: string): string => text;

export const PLAIN: Style = { strong: same, dim: same, id: same, error: same, doubt: same };

const sgr =
  (on: number, off: number) =>
  (text: string): string =>
    text === "" ? "" : `\x1b[${on}m${text}\x1b[${off}m`;

/** ECMA-48 "Select Graphic Rendition". */
export const COLOURED: Style = {
  strong: sgr(1, 22),
  dim: sgr(2, 22),
  id: sgr(36, 39),
  error: sgr(31, 39),
  doubt: sgr(33, 39),
};

export const COLOUR_CHOICES = ["auto", "always", "never"] as const;

export type ColourChoice = (typeof COLOUR_CHOICES)[number];

/** `auto`: on a terminal that is not dumb, unless NO_COLOR is set; FORCE_COLOR and CLICOLOR_FORCE turn it on. */
export function styleFor(
  choice: ColourChoice,
  env: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
): Style {
  if (choice !== "auto") return choice === "always" ? COLOURED : PLAIN;
  if (isSet(env["NO_COLOR"])) return PLAIN;
  if (isSet(env["FORCE_COLOR"]) || isSet(env["CLICOLOR_FORCE"])) return COLOURED;
  return isTerminal && env["TERM"] !== "dumb" ? COLOURED : PLAIN;
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "" && value !== "0";
}
