/** What a browser is given that asks the receiver for a page. What is on it is not the receiver's business. */
export interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** undefined: there is no such page. */
export type PageOf = (path: string) => Promise<Page | undefined>;
