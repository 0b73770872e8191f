/** Units of the document: text for points in time, numbers for lengths of it. */

export type Instant = string;

export type Ns = number;
