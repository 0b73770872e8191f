/** What a request carries and is kept. Metrics are answered and not kept. */
export type Signal = "traces" | "logs";
