// Records of a CSV of labels for images that are known by their paths only: one record for at most one image, and the reverse.
import { InputError } from "../core/errors.js";
import { type LabelledFile, shown } from "./labels.js";
import { canonical } from "./same-name.js";

export interface Named<T> {
  record: LabelledFile;
  image: T;
}

export interface Names<T> {
  /** Takes the next image under the path that it was scored by. */
  add(path: string, image: T): void;
  /** Throws an InputError if a record may mean several images, or if two may mean one. */
  finish(): { matches: Named<T>[]; unlabelled: number; unused: number };
}

interface Found<T> {
  path: string;
  image: T;
}

/** What a record may mean: the image with exactly its path, else those whose paths end with it. */
interface Meant<T> {
  exact?: Found<T>;
  near?: Found<T>;
  /** A second one. */
  another?: Found<T>;
}

/** Equal for paths that are one path, whichever way it is written. Does not resolve "..": a link may precede it. */
export const plain = (path: string): string =>
  canonical(
    path
      .replaceAll("\\", "/")
      .replace(/\/(?:\.?\/)+/g, "/")
      .replace(/^(?:\.\/)+/, ""),
  );

/** `csv` is the file in messages; its records have different `plain` names. */
export function matchNames<T>(csv: string, records: readonly LabelledFile[]): Names<T> {
  const byName = new Map(records.map((record) => [plain(record.file), record]));
  const meant = new Map<LabelledFile, Meant<T>>();
  let unlabelled = 0;
  const meaningOf = (record: LabelledFile): Meant<T> => {
    let one = meant.get(record);
    if (!one) meant.set(record, (one = {}));
    return one;
  };
  return {
    add(path, image) {
      const whole = plain(path);
      let known = false;
      for (let start = 0; ; ) {
        const record = byName.get(whole.slice(start));
        if (record) {
          const meaning = meaningOf(record);
          const found = { path, image };
          if (start === 0 && !meaning.exact) meaning.exact = found;
          else if (start === 0) throw severalImages(record, meaning.exact!.path, path);
          else if (!meaning.near) meaning.near = found;
          else meaning.another ??= found;
          known = true;
        }
        const slash = whole.indexOf("/", start);
        if (slash < 0) break;
        start = slash + 1;
      }
      if (!known) unlabelled++;
    },
    finish() {
      const matches: Named<T>[] = [];
      const owners = new Map<string, LabelledFile>();
      for (const [record, { exact, near, another }] of meant) {
        if (!exact && another) throw severalImages(record, near!.path, another.path);
        const { path, image } = (exact ?? near)!;
        const owner = owners.get(path);
        if (owner) {
          throw new InputError(
            `${csv}: the records ${shown(owner.file)} and ${shown(record.file)} both name the image ${path}: remove one of them, or write the paths that were given to predict.`,
          );
        }
        owners.set(path, record);
        matches.push({ record, image });
      }
      return { matches, unlabelled, unused: byName.size - meant.size };
    },
  };
}

const severalImages = ({ file, where }: LabelledFile, one: string, other: string): InputError =>
  new InputError(
    one === other
      ? `${where}: ${shown(file)} names an image that was scored twice, ${one}: score a list that has it once.`
      : `${where}: ${shown(file)} names several of the scored images, ${one} and ${other}: write the paths that were given to predict.`,
  );
