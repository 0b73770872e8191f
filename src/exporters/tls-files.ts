/** The PEM files of an encrypted connection, read each time one is opened: certificates are renewed under running programs. */
import { readFileSync } from "node:fs";
import type { ForwardTarget } from "./forward-target.js";

export interface TlsFiles {
  /** undefined: the system's own authorities. */
  readonly ca: Buffer | undefined;
  readonly key: Buffer | undefined;
  readonly cert: Buffer | undefined;
}

/** @throws Error of the file system, with the path in its message. */
export function readTlsFiles(target: ForwardTarget): TlsFiles {
  const read = (path: string | undefined): Buffer | undefined =>
    path === undefined ? undefined : readFileSync(path);
  return {
    ca: read(target.certificate),
    key: read(target.clientKey),
    cert: read(target.clientCertificate),
  };
}

/** Codes of Node's TLS errors that no further try will change. */
const SET_UP =
  /^(?:CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT|UNABLE_TO_(?:GET|VERIFY)|HOSTNAME_MISMATCH|INVALID_CA|EPROTO)/;
const SET_UP_MESSAGE =
  /certificate has expired|self[- ]signed certificate|unable to (?:get|verify)|altnames|hostname\/ip does not match|wrong version number/i;

/** Whether a failed connection failed for its certificates, so that somebody has to look. */
export function isTlsSetUp(code: string | undefined, message: string): boolean {
  return (code !== undefined && SET_UP.test(code)) || SET_UP_MESSAGE.test(message);
}
