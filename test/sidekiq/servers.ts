/**
 * The servers that the shop's jobs use: a Redis and a PostgreSQL of the test's own, on loopback ports of their own with
 * their data in a temporary folder, and an HTTP server that plays the other services.
 */
import { execFileSync } from "node:child_process";
import { chownSync, mkdirSync, readdirSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { type ChildOptions, matchLine, startChild } from "./child.js";

export interface RunningServer {
  /** Without the database's name or number, and without a slash at the end. */
  readonly url: string;
  stop(): Promise<void>;
}

export async function startRedis(folder: string): Promise<RunningServer> {
  const port = await freePort();
  const address = ["--bind", "127.0.0.1", "--port", `${port}`];
  const nothingOnDisk = ["--dir", folder, "--save", "", "--appendonly", "no"];
  const redis = startChild("redis-server", [...address, ...nothingOnDisk]);
  await redis.wait("the start", matchLine(/Ready to accept connections/));
  return { url: `redis://127.0.0.1:${port}`, stop: async () => void (await redis.stop("SIGTERM")) };
}

export async function startPostgres(folder: string): Promise<RunningServer> {
  const user = postgresUser();
  const data = join(folder, "postgres");
  mkdirSync(data);
  if (user.uid !== undefined && user.gid !== undefined) chownSync(data, user.uid, user.gid);
  const initdb = ["-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-sync"];
  execFileSync(postgresProgram("initdb"), initdb, {
    ...user,
    stdio: ["ignore", "ignore", "inherit"],
  });

  const port = await freePort();
  const settings = {
    listen_addresses: "127.0.0.1",
    port,
    unix_socket_directories: data,
    fsync: "off",
    lc_messages: "C",
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const postgres = startChild(postgresProgram("postgres"), ["-D", data, ...options], user);
  await postgres.wait("the start", matchLine(/database system is ready to accept connections/));
  // SIGINT: ends open connections instead of waiting for them.
  return {
    url: `postgres://postgres@127.0.0.1:${port}`,
    stop: async () => void (await postgres.stop("SIGINT")),
  };
}

/** A new database with the shop's tables. Returns its URL. */
export function createShopDatabase(postgres: RunningServer, name: string): string {
  const psql = ["-q", "-v", "ON_ERROR_STOP=1"];
  execFileSync("psql", [...psql, "-c", `CREATE DATABASE ${name}`, `${postgres.url}/postgres`]);
  execFileSync("psql", [...psql, "-f", "test/sidekiq/shop/schema.sql", `${postgres.url}/${name}`]);
  return `${postgres.url}/${name}`;
}

/** Answers 201 to `/charge`, never to `/slow`, and 200 to anything else. */
export async function startBilling(): Promise<RunningServer> {
  const server = createServer((request, response) => {
    request.resume();
    if (request.url?.startsWith("/slow") === true) return;
    response.writeHead(request.url?.startsWith("/charge") === true ? 201 : 200).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, stop: () => closeServer(server) };
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

/** Debian keeps the server's programs in a folder per version and off the PATH. */
function postgresProgram(name: string): string {
  const base = "/usr/lib/postgresql";
  const versions = listFolder(base).sort((a, b) => Number(b) - Number(a));
  return versions[0] === undefined ? name : join(base, versions[0], "bin", name);
}

function listFolder(folder: string): readonly string[] & string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function postgresUser(): ChildOptions {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

/** Free now; another program could take it before it is used, and then that server's start fails and says so. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createTcpServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
