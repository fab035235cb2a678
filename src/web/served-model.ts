// The model that the page's server names in models.json, by its SHA-256.
import { forgetModel, keepModel, keptModel } from "./keeping.js";
import { integrityOf, isSha256, sha256 } from "./sha256.js";

export interface Served {
  /** Undefined: the user chooses one. */
  file?: ArrayBuffer | undefined;
  /** There is no network: `file` is the model of the last visit. */
  fromLastVisit: boolean;
  /** Whether the server's page may be kept for use without a network. */
  mayKeep: boolean;
  /** Whether `file` is kept. */
  kept: boolean;
}

/** Throws an Error if the server's model is not the one that models.json states. */
export async function servedModel(): Promise<Served> {
  // Never from the browser's HTTP cache: a file of the same date and name may be another model.
  const answer = await fetch("models.json", { cache: "no-store" }).catch(() => undefined);
  if (!answer) return { file: await keptModel(), fromLastVisit: true, mayKeep: true, kept: true };
  const { named, mayKeep } = await readList(answer);
  if (!named) {
    await forgetModel();
    return { fromLastVisit: false, mayKeep, kept: true };
  }
  const file = (named.sha256 && mayKeep && (await keptModel(named.sha256))) || (await load(named));
  const hash = await sha256(file);
  if (named.sha256 && hash && hash !== named.sha256) {
    throw new Error(
      `${named.file} has the SHA-256 ${hash}, but models.json names the model ${named.sha256}: reload the page, or correct the server's files`,
    );
  }
  return { file, fromLastVisit: false, mayKeep, kept: mayKeep && hash !== undefined && (await keepModel(file, hash)) };
}

interface Named {
  file: string;
  sha256?: string;
}

/** The first model of models.json: `{ "models": [{ "file", "sha256" }] }`, or a file's name in place of an object. */
async function readList(answer: Response): Promise<{ named?: Named; mayKeep: boolean }> {
  if (!answer.ok) throw new Error(`models.json cannot be read: the server answered ${answer.status}`);
  const list = await answer.json().catch(() => undefined);
  const usable = Array.isArray(list?.models) && ["boolean", "undefined"].includes(typeof list.offline);
  if (!usable) throw new Error('models.json is not usable: it must be { "models": [...] }');
  const mayKeep = list.offline !== false;
  if (list.models.length === 0) return { mayKeep };
  const [first] = list.models;
  const { file, sha256: stated } = typeof first === "string" ? { file: first, sha256: undefined } : (first ?? {});
  if (typeof file !== "string")
    throw new Error('models.json names no file: a model is { "file": "model.pulmo", "sha256": "..." }');
  const hash = typeof stated === "string" ? stated.toLowerCase() : stated;
  if (hash !== undefined && !isSha256(hash))
    throw new Error(`models.json: the sha256 of ${file} is not 64 digits of 0-9 and a-f`);
  return { named: { file, sha256: hash }, mayKeep };
}

async function load({ file, sha256: stated }: Named): Promise<ArrayBuffer> {
  // On plain HTTP the browser can still compare, but does not tell why it refuses.
  const integrity = stated && !globalThis.crypto?.subtle ? integrityOf(stated) : "";
  const answer = await fetch(file, { cache: "no-store", integrity }).catch(() => {
    throw new Error(`${file} cannot be loaded${integrity && ", or is not the model that models.json names"}`);
  });
  if (!answer.ok) throw new Error(`${file} cannot be loaded: the server answered ${answer.status}`);
  return answer.arrayBuffer();
}
