/** Things worth telling the person who runs the collector, once each. Texts from senders are raw: make them safe to print. */
export type Notice =
  | { readonly kind: "sender"; readonly userAgent: string }
  | { readonly kind: "tls_client" }
  | { readonly kind: "wrong_path"; readonly path: string; readonly userAgent: string }
  | { readonly kind: "signal_not_kept"; readonly signal: "metrics" }
  | { readonly kind: "refused"; readonly reason: string };

export type OnNotice = (notice: Notice) => void;

/** Kinds and senders are remembered to tell each once; a hostile client must not make this grow without end. */
const REMEMBERED_MAX = 1000;

/** Passes each different notice on once. */
export function once(onNotice: OnNotice): OnNotice {
  const seen = new Set<string>();
  const senders = new Set<string>();
  return (notice) => {
    // Every request tells its sender, so this one is looked up as it is.
    const [known, key] =
      notice.kind === "sender" ? [senders, notice.userAgent] : [seen, JSON.stringify(notice)];
    if (known.has(key) || known.size >= REMEMBERED_MAX) return;
    known.add(key);
    onNotice(notice);
  };
}
