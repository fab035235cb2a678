// Use without a network: the service worker for the page's files, and a cache with the model of the last visit.
import { FILES_CACHE, MODEL_CACHE, OLD_CACHE } from "./cache-names.js";
import { sha256 } from "./sha256.js";

const folder = new URL("./", location.href).href;
const modelCache = MODEL_CACHE + folder;
/** The model's hash is its address in the cache. */
const addressOf = (hash: string) => `${folder}${hash}.pulmo`;

/** Keeps the page's files. Returns whether they are kept: browsers refuse this in private windows, on plain HTTP and without space. */
export async function keepPage(): Promise<boolean> {
  try {
    await navigator.serviceWorker.register("offline.js");
    await navigator.serviceWorker.ready;
    return (await caches.keys()).some((name) => name.startsWith(`${FILES_CACHE}${folder} `));
  } catch {
    return false;
  }
}

/** The kept model, if it is intact; `wanted`: only the model with this hash. */
export async function keptModel(wanted?: string): Promise<ArrayBuffer | undefined> {
  try {
    const cache = await caches.open(modelCache);
    const kept = await cache.keys();
    if (kept.length !== 1 || (wanted && kept[0].url !== addressOf(wanted))) return undefined;
    const file = await (await cache.match(kept[0]))!.arrayBuffer();
    return addressOf((await sha256(file))!) === kept[0].url ? file : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps this model only. Returns whether it is kept. */
export async function keepModel(file: ArrayBuffer, hash: string): Promise<boolean> {
  try {
    const cache = await caches.open(modelCache);
    // The older model goes first: if there is no space for the new one, no model is kept.
    for (const kept of await cache.keys()) if (kept.url !== addressOf(hash)) await cache.delete(kept);
    if (!(await cache.match(addressOf(hash)))) await cache.put(addressOf(hash), new Response(file));
    return true;
  } catch {
    await forgetModel();
    return false;
  }
}

export async function forgetModel(): Promise<void> {
  if ("caches" in self) await caches.delete(modelCache).catch(() => false);
}

/**
 * Removes what keeps this page. Also the worker that an older pulmo's `view` left for the whole server: it would answer other applications
 * on this port.
 */
export async function keepNothing(): Promise<void> {
  try {
    const names = (await caches.keys()).filter((name) => name === OLD_CACHE || name.startsWith(`${FILES_CACHE}${folder} `));
    const old = names.includes(OLD_CACHE) ? `${location.origin}/` : undefined;
    for (const registration of await navigator.serviceWorker.getRegistrations()) {
      const { scope, active, waiting, installing } = registration;
      const script = (active ?? waiting ?? installing)?.scriptURL;
      if ((scope === folder || scope === old) && script === `${scope}offline.js`) await registration.unregister();
    }
    for (const name of [...names, modelCache]) await caches.delete(name);
  } catch {
    // No service workers here (private windows), or no caches.
  }
}
