/** One line of the drawn tree and what hangs under it. Texts are safe already. */
export interface TreeRow {
  readonly text: string;
  /** After the text, as a timeline prints it: two spaces and a fact, or a space and an error. */
  readonly result: string;
  readonly isError: boolean;
  /** What is doubtful or worth a second look, behind the result. */
  readonly doubt: string;
  /** Right-aligned on a terminal; in brackets when piped. */
  readonly duration: string | null;
  /** Rows with the same number ran at the same time. */
  readonly parallel: number | undefined;
  readonly children: readonly TreeRow[];
}

export const PLAIN_ROW: Omit<TreeRow, "text"> = {
  result: "",
  isError: false,
  doubt: "",
  duration: null,
  parallel: undefined,
  children: [],
};
