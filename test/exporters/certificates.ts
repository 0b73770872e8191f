/** Certificates for a test's own servers, made by openssl in a folder that goes with the test. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const NEW_KEY = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";

export interface Certificates {
  /** Path of the authority that signed all of them. */
  readonly authority: string;
  /** Signed for the names and addresses in `names`: `IP:127.0.0.1`, `DNS:elsewhere`. `isOver`: it has expired. */
  issue(name: string, names: string, isOver?: boolean): Certificate;
}

export interface Certificate {
  readonly key: Buffer;
  readonly cert: Buffer;
  /** The same as paths. */
  readonly keyFile: string;
  readonly certFile: string;
}

export function makeCertificates(folder: string): Certificates {
  const openssl = (line: string): void => {
    execFileSync("openssl", line.split(" "), { cwd: folder, stdio: "pipe" });
  };
  const authority = join(folder, "authority.pem");
  openssl(
    `req -x509 ${NEW_KEY} -keyout authority.key -out authority.pem -subj /CN=authority -days 2`,
  );
  writeFileSync(join(folder, "index.txt"), "");
  writeFileSync(join(folder, "serial"), "01\n");
  writeFileSync(join(folder, "ca.cnf"), CA_CONFIG);
  return {
    authority,
    issue(name, names, isOver = false) {
      const file = (ending: string): string => join(folder, `${name}.${ending}`);
      openssl(`req ${NEW_KEY} -keyout ${name}.key -out ${name}.csr -subj /CN=${name}`);
      writeFileSync(file("ext"), `subjectAltName=${names}\n`);
      const end = isOver ? "20200102000000Z" : "20990101000000Z";
      openssl(
        `ca -batch -config ca.cnf -keyfile authority.key -cert authority.pem -in ${name}.csr ` +
          `-out ${name}.pem -extfile ${name}.ext -startdate 20200101000000Z -enddate ${end} -notext`,
      );
      return {
        key: readFileSync(file("key")),
        cert: readFileSync(file("pem")),
        keyFile: file("key"),
        certFile: file("pem"),
      };
    },
  };
}

const CA_CONFIG = `[ca]
default_ca=test
[test]
database=index.txt
serial=serial
new_certs_dir=.
default_md=sha256
policy=any
[any]
commonName=supplied
`;
