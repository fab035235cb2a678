// The page's workers. Their code is loaded with the page and checked: what the server, or another one on its port, gives out later is
// never run by an open page.

/** Defined by build.mjs. */
declare const WORKERS: Record<"worker" | "trainer", { path: string; integrity: string }>;

type Name = keyof typeof WORKERS;
/** Blob URLs: they last as long as the page. */
const urls = new Map<Name, string>();

/** Throws an Error if a worker's code is missing or of another version than the page. */
export async function loadWorkers(): Promise<void> {
  const load = async (name: Name) => {
    const { path, integrity } = WORKERS[name];
    const answer = await fetch(path, { integrity }).catch(() => {
      throw new Error(`${path} is missing or is not of this version of the page: reload the page`);
    });
    urls.set(name, URL.createObjectURL(new Blob([await answer.text()], { type: "text/javascript" })));
  };
  await Promise.all([load("worker"), load("trainer")]);
}

/** After loadWorkers. */
export const newWorker = (name: Name): Worker => new Worker(urls.get(name)!);
