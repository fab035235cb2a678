// Downloads through the proxies that the environment names, on loopback alone.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "#pulmo/core/errors.js";
import { download } from "#pulmo/node/download.js";
import { proxyFor } from "#pulmo/node/proxy.js";
import { temporaryFolder } from "../data/places.js";
import { unless } from "../skip.js";

const test = suite("proxy");

const content = Buffer.from("weights ".repeat(1000));
const sha256 = createHash("sha256").update(content).digest("hex");
const NAMES = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY"];

async function listening<T extends Server | ReturnType<typeof createTlsServer>>(server: T): Promise<number> {
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", () => resolve()));
  return (server.address() as AddressInfo).port;
}

/** Requests that the proxy was asked. */
let asked: string[] = [];
/** Its answer to those without "user:secret"; 200: it needs no password. */
let refusal = 200;
const sockets = new Set<Socket>();
const allowed = (headers: Record<string, unknown>) =>
  refusal === 200 || headers["proxy-authorization"] === `Basic ${Buffer.from("user:secret").toString("base64")}`;
const proxy = createServer((request, response) => {
  asked.push(`${request.method} ${request.url}`);
  if (allowed(request.headers)) response.end(content);
  else response.writeHead(refusal).end();
});
proxy.on("connect", (request, socket: Socket) => {
  asked.push(`CONNECT ${request.url}`);
  if (!allowed(request.headers)) return void socket.end(`HTTP/1.1 ${refusal} No\r\nContent-Length: 0\r\n\r\n`);
  const [host, port] = request.url!.split(":");
  const onward = connect(Number(port), host, () => {
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
    onward.pipe(socket).pipe(onward);
  });
  for (const one of [socket, onward]) sockets.add(one.on("error", () => {}));
});
const origin = createServer((_, response) => response.end(content));
/** A certificate that no authority has signed. */
function selfSigned(): { key: Buffer; cert: Buffer } | undefined {
  const folder = temporaryFolder();
  const [key, cert] = ["key.pem", "certificate.pem"].map((name) => join(folder, name));
  const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  const named = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"];
  const { status } = spawnSync("openssl", ["req", ...kind, ...named, "-keyout", key, "-out", cert]);
  return status === 0 ? { key: readFileSync(key), cert: readFileSync(cert) } : undefined;
}
const certificate = selfSigned();
const noCertificate = certificate ? undefined : "no openssl here";
const secure = createTlsServer(certificate ?? {}, (_, response) => response.end(content));
const [proxyPort, originPort, securePort] = await Promise.all([listening(proxy), listening(origin), listening(secure)]);

const before = Object.fromEntries(NAMES.map((name) => [name, process.env[name]]));
const clear = () => NAMES.forEach((name) => delete process.env[name]);
test.before.each(() => {
  clear();
  asked = [];
  refusal = 200;
});
test.after(() => {
  clear();
  for (const [name, value] of Object.entries(before)) if (value !== undefined) process.env[name] = value;
  for (const socket of sockets) socket.destroy();
  for (const server of [proxy, origin, secure]) {
    server.closeAllConnections();
    server.close();
  }
});

async function fetched(url: string): Promise<void> {
  const path = join(temporaryFolder(), "w.pth");
  const limits = { maxBytes: 1e6, retries: 0, silenceMs: 5000, onProgress() {} };
  await download({ url: new URL(url), path, hash: { algorithm: "sha256", hex: sha256 }, ...limits });
  assert.ok(readFileSync(path).equals(content));
}

async function refused(url: string, ...messages: RegExp[]): Promise<void> {
  const error = await fetched(url).then(
    () => assert.unreachable("it was downloaded"),
    (e) => e,
  );
  assert.instance(error, InputError, String(error.stack));
  for (const message of messages) assert.match(error.message, message);
  assert.not.match(error.message, /secret|wrong/);
}

const http = `http://127.0.0.1:${originPort}/w.pth`;
const https = `https://127.0.0.1:${securePort}/w.pth`;

test("without variables, the origin is asked", async () => {
  await fetched(http);
  assert.equal(asked, []);
});

test("HTTP_PROXY and http_proxy are asked, also without http://; NO_PROXY excludes hosts", async () => {
  for (const name of ["HTTP_PROXY", "http_proxy"]) {
    for (const value of [`http://127.0.0.1:${proxyPort}`, `127.0.0.1:${proxyPort}`]) {
      clear();
      process.env[name] = value;
      await fetched(http);
    }
  }
  assert.equal(asked, Array(4).fill(`GET ${http}`));
  for (const [name, value] of Object.entries({ NO_PROXY: "example.org,127.0.0.1", no_proxy: "*" })) {
    process.env[name] = value;
    await fetched(http);
    delete process.env[name];
  }
  assert.is(asked.length, 4);
});

unless(noCertificate, test)(
  "https goes through a tunnel; a certificate of an unknown authority is named with the remedy",
  async () => {
    process.env.HTTPS_PROXY = `http://127.0.0.1:${proxyPort}`;
    await refused(https, /\(DEPTH_ZERO_SELF_SIGNED_CERT, with the proxy/, /set NODE_EXTRA_CA_CERTS to a PEM file/);
    assert.equal(asked, [`CONNECT 127.0.0.1:${securePort}`]);
    delete process.env.HTTPS_PROXY;
    await refused(https, /\(DEPTH_ZERO_SELF_SIGNED_CERT\): if your network inspects encrypted traffic, set NODE_EXTRA_CA_CERTS/);
  },
);

unless(noCertificate, test)(
  "a proxy that wants a password, refuses or is absent is named with its variable, and no password is shown",
  async () => {
    refusal = 407;
    process.env.HTTPS_PROXY = process.env.HTTP_PROXY = `http://user:wrong@127.0.0.1:${proxyPort}`;
    for (const [url, variable] of [
      [http, "HTTP_PROXY"],
      [https, "HTTPS_PROXY"],
    ]) {
      const named = new RegExp(
        `the proxy responded with 407, with the proxy http://127\\.0\\.0\\.1:${proxyPort} of ${variable}\\)`,
      );
      await refused(url, named, new RegExp(`put a user name and a password into the URL in ${variable}`));
    }
    process.env.HTTPS_PROXY = process.env.HTTP_PROXY = `http://user:secret@127.0.0.1:${proxyPort}`;
    await fetched(http);
    await refused(https, /DEPTH_ZERO_SELF_SIGNED_CERT/);
    refusal = 403;
    process.env.HTTPS_PROXY = `http://127.0.0.1:${proxyPort}`;
    await refused(https, /the proxy responded with 403, with the proxy http:\/\/127\.0\.0\.1:\d+ of HTTPS_PROXY\): try again/);
    process.env.HTTPS_PROXY = "http://user:secret@127.0.0.1:1";
    await refused(https, /\(ECONNREFUSED, with the proxy http:\/\/127\.0\.0\.1:1 of HTTPS_PROXY\)/);
  },
);

test("lower case comes first; what is no URL of an HTTP proxy is refused", () => {
  const env = { https_proxy: "http://lower:1", HTTPS_PROXY: "http://upper:2", HTTP_PROXY: " " };
  assert.is(proxyFor("https:", env)?.variable, "https_proxy");
  assert.is(proxyFor("http:", env), undefined);
  assert.is(proxyFor("https:", { HTTP_PROXY: "plain:3128" })?.url.href, "http://plain:3128/");
  for (const HTTPS_PROXY of ["socks5://user:secret@host:1", "http://", "http://a b"]) {
    assert.throws(
      () => proxyFor("https:", { HTTPS_PROXY }),
      /^HTTPS_PROXY is not the URL of an HTTP proxy: write it as http:\/\/host:port, or unset it\.$/,
    );
  }
});

test.run();
