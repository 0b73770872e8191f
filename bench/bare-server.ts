/**
 * What ingest is measured against, as a process of its own: a server that takes the same requests and only answers.
 * `grpc`: grpc-js with the bytes passed through. `http`: node:http that inflates what is compressed. Prints its port.
 */
import { Server, ServerCredentials, type sendUnaryData, type ServerUnaryCall } from "@grpc/grpc-js";
import { createServer } from "node:http";
import { gunzipSync } from "node:zlib";

const same = (bytes: Buffer): Buffer => bytes;

function serveGrpc(): void {
  const server = new Server({ "grpc.max_receive_message_length": 64 * 1024 * 1024 });
  const method = {
    path: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
    requestStream: false,
    responseStream: false,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  };
  server.addService(
    { export: method },
    {
      export: (_call: ServerUnaryCall<Buffer, Buffer>, reply: sendUnaryData<Buffer>) =>
        reply(null, Buffer.alloc(0)),
    },
  );
  server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) throw error;
    console.log(port);
  });
}

function serveHttp(): void {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      if (request.headers["content-encoding"] === "gzip") gunzipSync(body);
      response.writeHead(200, { "content-type": "application/x-protobuf", "content-length": 0 });
      response.end();
    });
  });
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    if (address !== null && typeof address === "object") console.log(address.port);
  });
}

if (process.argv[2] === "grpc") serveGrpc();
else serveHttp();
