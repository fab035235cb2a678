// The service worker of a hosted page: keeps the files of one version, all or none, for use without a network. It answers requests for
// these files only; those of other applications, and the model, never pass through it.
import { FILES_CACHE, OLD_CACHE } from "./cache-names.js";

interface Fetching extends Event {
  request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Lasting extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Scope {
  addEventListener(type: "fetch", listener: (event: Fetching) => void): void;
  addEventListener(type: "install" | "activate", listener: (event: Lasting) => void): void;
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
  registration: { scope: string };
}
const scope = self as unknown as Scope;
const folder = scope.registration.scope;

/** Defined by build.mjs. All files but the page itself ("./") have a hash of their content in their name. */
declare const FILES: { path: string; integrity: string }[];
declare const VERSION: string;

const cacheName = `${FILES_CACHE}${folder} ${VERSION}`;
const ours = new Set(FILES.map(({ path }) => new URL(path, folder).href));

scope.addEventListener("install", (event) => event.waitUntil(install().then(() => scope.skipWaiting())));
scope.addEventListener("activate", (event) => event.waitUntil(removeOthers().then(() => scope.clients.claim())));
scope.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || request.headers.has("range")) return;
  const url = request.url.split("#")[0];
  if (url === folder || url === `${folder}index.html`) event.respondWith(page(request));
  else if (ours.has(url)) event.respondWith(kept(url).then((found) => found ?? fetch(request)));
});

/** If a file is missing or is not of this version, the installation fails, and the browser tries again at the next visit. */
async function install(): Promise<void> {
  const answers = await Promise.all(FILES.map(({ path, integrity }) => fetch(path, { integrity, cache: "reload" })));
  try {
    const cache = await caches.open(cacheName);
    await Promise.all(answers.map((answer, i) => cache.put(new URL(FILES[i].path, folder), answer)));
  } catch {
    // The browser grants no space: the page works with a network only. An older version must not stay for that reason.
    await caches.delete(cacheName).catch(() => false);
  }
}

async function removeOthers(): Promise<void> {
  const old = (await caches.keys()).filter((name) => name.startsWith(`${FILES_CACHE}${folder} `) && name !== cacheName);
  for (const name of [...old, OLD_CACHE]) await caches.delete(name);
}

const kept = (url: string): Promise<Response | undefined> =>
  caches.match(url, { cacheName, ignoreVary: true }).catch(() => undefined);

/** The server's page, so that a new version is seen at once; without a network, the kept one. */
async function page(request: Request): Promise<Response> {
  try {
    return await fetch(request, { cache: "no-cache" });
  } catch (error) {
    const found = await kept(folder);
    if (found) return found;
    throw error;
  }
}
