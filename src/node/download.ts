// Downloads a file. Resumes a partial download and verifies the hash.
import { constants } from "node:fs";
import { type FileHandle, lstat, mkdir, open, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { InputError } from "../core/errors.js";
import { checkClaims } from "./claims.js";
import { hashOfFile, lacksSpace } from "./files.js";
import { type Fetcher, openFetcher, proxyFor, shownProxy } from "./proxy.js";
import { renameFile } from "./rename.js";
import { isOwn } from "./shared-folders.js";
import { refuseUnwritable, WriteError } from "./write-errors.js";

export interface FileHash {
  algorithm: "sha256" | "md5";
  /** All hexadecimal digits, or the first ones if only those are known. */
  hex: string;
}

const HASH_NAMES = { sha256: "SHA-256", md5: "MD5" };

export interface Download {
  url: URL;
  /** Target path. Unfinished downloads are in `<path>.part`. */
  path: string;
  hash: FileHash;
  maxBytes: number;
  /** Attempts after the first one. An attempt that received no bytes is the last. */
  retries: number;
  /** An attempt fails if no byte arrives for this many milliseconds. */
  silenceMs: number;
  /** Stops the download, which rejects with the signal's reason. A later call resumes it. */
  signal?: AbortSignal | undefined;
  onProgress(length: number, total: number | undefined): void;
}

/** The bytes received so far; 0 if the file is not one that this user has begun: links and other users' files are replaced. */
const sizeOf = (part: string): Promise<number> =>
  lstat(part).then(
    (found) => (found.isFile() && found.nlink === 1 && isOwn(found) ? found.size : 0),
    () => 0,
  );

/** Opens the unfinished download, or a new one in its place. Never follows a link. */
async function openPart(part: string, goesOn: boolean): Promise<FileHandle> {
  const { O_WRONLY, O_APPEND, O_NOFOLLOW = 0 } = constants;
  if (goesOn) return open(part, O_WRONLY | O_APPEND | O_NOFOLLOW);
  await rm(part, { force: true });
  return open(part, "wx");
}

/**
 * Only one process may download a file at a time. Throws an InputError if the server fails, or if it sent another file, which is
 * then deleted.
 */
export async function download({ path, url, hash, ...options }: Download): Promise<void> {
  const part = `${path}.part`;
  await mkdir(dirname(path), { recursive: true });
  await complete(part, url, options);
  const found = await hashOfFile(part, hash.algorithm);
  if (!found.startsWith(hash.hex)) {
    await rm(part, { force: true });
    const digits = `${HASH_NAMES[hash.algorithm]} ${found.slice(0, 8)} instead of ${hash.hex.slice(0, 8)}`;
    throw new InputError(`${url} is not the expected file (${digits}), so the download was deleted: try again.`);
  }
  await checkClaims(resolve(path));
  await renameFile(part, path);
}

type Limits = Pick<Download, "maxBytes" | "retries" | "silenceMs" | "signal" | "onProgress">;

/** Appends the missing bytes to `part`. */
async function complete(part: string, url: URL, limits: Limits): Promise<void> {
  for (let left = limits.retries; ; left--) {
    const before = await sizeOf(part);
    try {
      return await attempt(part, url, limits);
    } catch (error) {
      if (left <= 0 || !(error instanceof CutOff) || (await sizeOf(part)) <= before) throw error;
    }
  }
}

/** The connection failed. The received bytes are kept, and another attempt may get the rest. */
class CutOff extends InputError {}

async function attempt(part: string, url: URL, limits: Limits): Promise<void> {
  limits.signal?.throwIfAborted();
  const silence = new AbortController();
  const fetcher = await openFetcher();
  const watch = setTimeout(() => silence.abort(), limits.silenceMs);
  const stop = AbortSignal.any([silence.signal, ...(limits.signal ? [limits.signal] : [])]);
  try {
    await receive(fetcher, part, url, limits, stop, () => watch.refresh());
  } catch (error) {
    if (error instanceof InputError) throw error;
    limits.signal?.throwIfAborted();
    if (lacksSpace(error as Error)) {
      const { code } = error as NodeJS.ErrnoException;
      throw new InputError(
        `The disk has no space for ${part} (${code}): free some space and try again; the download resumes where it stopped.`,
      );
    }
    if (error instanceof WriteError) throw new InputError(`${error.message} Choose another folder with PULMO_CACHE.`);
    const why = silence.signal.aborted ? `no answer for ${limits.silenceMs / 1000} seconds` : reasonOf(error as Error);
    throw new CutOff(sentence(url, why));
  } finally {
    clearTimeout(watch);
    await fetcher.close();
  }
}

/** fetch puts the reason into `cause`, and an abort's reason one level deeper. */
function reasonOf(error: Error): string {
  const errors: NodeJS.ErrnoException[] = [];
  for (let one: unknown = error; one instanceof Error; one = one.cause) errors.push(one);
  for (const { message } of errors) {
    // undici's messages of a proxy that refuses: to tunnel, and to forward.
    const [, status] =
      /^Proxy response \((\d+)\)/.exec(message) ?? /^Proxy Authentication Required \((407)\)/.exec(message) ?? [];
    if (status !== undefined) return `the proxy responded with ${status}`;
  }
  const [first, cause = first] = errors;
  // A DOMException has a number.
  const code = [cause.code, first.code].find((one) => typeof one === "string");
  return code ?? cause.message;
}

/** OpenSSL's codes of a certificate whose authority is not known, as that of a proxy that inspects encrypted traffic. */
const UNKNOWN_AUTHORITY =
  /SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER_CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE|CERT_UNTRUSTED|INVALID_CA|CERT_CHAIN/;
/** Of networks whose way out is a proxy. */
const UNREACHABLE = /^(ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|UND_ERR_CONNECT_TIMEOUT)$/;

function sentence(url: URL, why: string): string {
  const proxy = proxyFor(url.protocol);
  const through = proxy ? `, with ${shownProxy(proxy)}` : "";
  const failed = `${shownUrl(url)} could not be downloaded (${why}${through})`;
  if (UNKNOWN_AUTHORITY.test(why)) {
    return `${failed}: if your network inspects encrypted traffic, set NODE_EXTRA_CA_CERTS to a PEM file with its certificate.`;
  }
  if (why.endsWith(" 407") && proxy) {
    return `${failed}: put a user name and a password into the URL in ${proxy.variable}, as http://user:password@host:port.`;
  }
  const needed = !proxy && UNREACHABLE.test(why) ? ", or set HTTPS_PROXY if your network needs a proxy" : "";
  return `${failed}: try again${needed}; the download resumes where it stopped.`;
}

/** Without a user name and a password. */
const shownUrl = (url: URL): string => url.href.replace(/\/\/[^/@]*@/, "//");

async function receive(
  { fetch }: Fetcher,
  part: string,
  url: URL,
  { maxBytes, onProgress }: Limits,
  signal: AbortSignal,
  alive: () => void,
): Promise<void> {
  const have = await sizeOf(part);
  // A range of a compressed response would not be a range of the file.
  const headers = { "accept-encoding": "identity", ...(have > 0 && { range: `bytes=${have}-` }) };
  const response = await fetch(url, { signal, headers });
  // The range starts at or after the end: the part is complete or too long. The hash decides.
  if (response.status === 416 && have > 0) return;
  if (!response.ok || !response.body) throw new Error(`the server responded with ${response.status}`);
  const goesOn = response.status === 206 && Boolean(response.headers.get("content-range")?.startsWith(`bytes ${have}-`));
  const file = await openPart(part, goesOn).catch(refuseUnwritable(part));
  try {
    let length = goesOn ? have : 0;
    const announced = response.headers.get("content-length");
    const total = announced === null ? undefined : length + Number(announced);
    for await (const chunk of response.body) {
      alive();
      length += chunk.length;
      if (length > maxBytes) {
        await rm(part, { force: true });
        throw new InputError(
          `${url} has more than ${maxBytes} bytes and is not the expected file, so the download was deleted: try again.`,
        );
      }
      if ((await file.stat()).size !== length - chunk.length) {
        throw new InputError(`Another process is writing ${part}: wait until it finishes, or stop it.`);
      }
      await file.writeFile(chunk).catch(refuseUnwritable(part));
      onProgress(length, total);
    }
  } finally {
    await file.close();
  }
}
