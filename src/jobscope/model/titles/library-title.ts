/**
 * Spans of libraries that are neither SQL, HTTP nor Redis → one line: mail, storage, templates, caches, RPC, messages.
 *
 * Written against the attribute names of the Ruby instrumentations, which take them from the payloads of
 * ActiveSupport's notifications, and of the semantic conventions for RPC and messaging.
 */
import { numberAttribute, type Span, textAttribute } from "../span.js";
import type { StepKind } from "../step-document.js";

export interface LibraryTitle {
  readonly kind: StepKind;
  readonly title: string;
  readonly result: string | null;
}

/** A span that no rule fits keeps its own name. */
export function libraryTitle(span: Span): LibraryTitle {
  return (
    mailTitle(span) ??
    storageTitle(span) ??
    viewTitle(span) ??
    cacheTitle(span) ??
    rpcTitle(span) ??
    graphqlTitle(span) ??
    messageTitle(span) ?? {
      kind: span.kind === "internal" ? "code" : "other",
      title: span.name === "" ? "(unnamed)" : span.name,
      result: null,
    }
  );
}

/** `deliver.action_mailer`, or the other way round as older versions name it: what happened, without the library. */
function notification({ name }: Span, library: string): string | undefined {
  if (name.endsWith(`.${library}`)) return name.slice(0, -library.length - 1);
  return name.startsWith(`${library} `) ? name.slice(library.length + 1) : undefined;
}

function mailTitle(span: Span): LibraryTitle | undefined {
  const what = notification(span, "action_mailer");
  if (what === undefined) return undefined;
  const mailer = textAttribute(span.attributes, "email.x_mailer", "mailer");
  const action = textAttribute(span.attributes, "action");
  const name = [mailer, action].filter(Boolean).join("#");
  // Only a delivery is mail; making the text of it is a template's work.
  return what === "deliver"
    ? plain("mail", ["MAIL", name || "(mailer not recorded)"].join(" "))
    : plain("render", ["RENDER", name || span.name].join(" "));
}

function storageTitle(span: Span): LibraryTitle | undefined {
  const what = notification(span, "active_storage");
  if (what === undefined) return undefined;
  const service = textAttribute(span.attributes, "active_storage.service", "service");
  const verb = what.replace(/^service_/, "").replaceAll("_", " ");
  return plain("storage", ["STORAGE", verb, service && `(${service})`].filter(Boolean).join(" "));
}

function viewTitle(span: Span): LibraryTitle | undefined {
  const what = notification(span, "action_view");
  if (what === undefined) {
    return span.scope.name.endsWith("ActionPack") ? plain("render", span.name) : undefined;
  }
  const file = textAttribute(span.attributes, "identifier", "code.filepath", "virtual_path");
  return plain("render", `RENDER ${file === undefined ? what : templateName(file)}`);
}

/** `/srv/app/views/reports/monthly.html.erb` → `reports/monthly`. */
function templateName(file: string): string {
  return file.replace(/^.*\/views\//, "").replace(/(?:\.[a-z]+)+$/i, "");
}

function cacheTitle(span: Span): LibraryTitle | undefined {
  const what = notification(span, "active_support");
  const verb = what === undefined ? undefined : /^cache_(.+)$/.exec(what)?.[1];
  if (verb !== undefined) {
    const key = textAttribute(span.attributes, "key");
    return plain("cache", ["CACHE", verb.toUpperCase(), key].filter(Boolean).join(" "));
  }
  const system = textAttribute(span.attributes, "db.system.name", "db.system");
  if (system === "memcached") {
    const [command, key] = (textAttribute(span.attributes, "db.statement", "db.query.text") ?? "")
      .split("\n", 1)
      .flatMap((line) => line.trim().split(/\s+/, 2));
    return plain(
      "cache",
      ["MEMCACHED", (command || span.name).toUpperCase(), key].filter(Boolean).join(" "),
    );
  }
  return system === "lmdb" ? plain("cache", `LMDB ${span.name}`) : undefined;
}

function rpcTitle({ attributes }: Span): LibraryTitle | undefined {
  const system = textAttribute(attributes, "rpc.system.name", "rpc.system");
  if (system === undefined) return undefined;
  const service = textAttribute(attributes, "rpc.service") ?? "(service not recorded)";
  const method = textAttribute(attributes, "rpc.method") ?? "(method not recorded)";
  if (system === "aws-api") {
    const status = numberAttribute(attributes, "http.response.status_code", "http.status_code");
    return { ...plain("other", `AWS ${service}.${method}`), result: statusText(status) };
  }
  const code = numberAttribute(attributes, "rpc.grpc.status_code");
  return {
    ...plain("other", `${system.toUpperCase()} ${service}/${method}`),
    result: code === undefined || code === 0 ? null : `status ${code} ✗`,
  };
}

function statusText(status: number | undefined): string | null {
  if (status === undefined) return null;
  return status >= 500 ? `${status} ✗` : String(status);
}

function graphqlTitle({ attributes, name }: Span): LibraryTitle | undefined {
  if (!name.startsWith("graphql.") && !attributes.has("graphql.operation.name")) return undefined;
  const type = textAttribute(attributes, "graphql.operation.type");
  const operation = textAttribute(attributes, "graphql.operation.name");
  const what = [type, operation].filter(Boolean).join(" ");
  return plain("code", what === "" ? name : `GRAPHQL ${what}`);
}

function messageTitle({ attributes, kind }: Span): LibraryTitle | undefined {
  const system = textAttribute(attributes, "messaging.system");
  const place = textAttribute(attributes, "messaging.destination.name", "messaging.destination");
  if (system === undefined || place === undefined) return undefined;
  const operation = textAttribute(
    attributes,
    "messaging.operation.type",
    "messaging.operation.name",
    "messaging.operation",
  );
  const verb = kind === "producer" ? "PUBLISH" : operation?.toUpperCase();
  return verb === undefined ? undefined : plain("other", `${verb} ${place} (${system})`);
}

function plain(kind: StepKind, title: string): LibraryTitle {
  return { kind, title, result: null };
}
