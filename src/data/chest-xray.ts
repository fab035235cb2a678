// The archives of the published dataset: which entries are images, and the place of each image.
import { CLASSES, SPLITS } from "./types.js";

/** The 16 images that are in val in the copy on Kaggle. The original archive at Mendeley has them in train. */
const PUBLISHED_VAL = new Set([
  "NORMAL/NORMAL2-IM-1427-0001.jpeg",
  "NORMAL/NORMAL2-IM-1430-0001.jpeg",
  "NORMAL/NORMAL2-IM-1431-0001.jpeg",
  "NORMAL/NORMAL2-IM-1436-0001.jpeg",
  "NORMAL/NORMAL2-IM-1437-0001.jpeg",
  "NORMAL/NORMAL2-IM-1438-0001.jpeg",
  "NORMAL/NORMAL2-IM-1440-0001.jpeg",
  "NORMAL/NORMAL2-IM-1442-0001.jpeg",
  "PNEUMONIA/person1946_bacteria_4874.jpeg",
  "PNEUMONIA/person1946_bacteria_4875.jpeg",
  "PNEUMONIA/person1947_bacteria_4876.jpeg",
  "PNEUMONIA/person1949_bacteria_4880.jpeg",
  "PNEUMONIA/person1950_bacteria_4881.jpeg",
  "PNEUMONIA/person1951_bacteria_4882.jpeg",
  "PNEUMONIA/person1952_bacteria_4883.jpeg",
  "PNEUMONIA/person1954_bacteria_4886.jpeg",
]);

/** A name that is not a path, not a hidden file, and has the same meaning on every system. */
const ENTRY = /^(?:chest_xray\/)?(train|val|test)\/(NORMAL|PNEUMONIA)\/(\w[\w.-]*\.(?:jpe?g|png))$/i;

export const CLASS_FOLDERS = SPLITS.flatMap((split) => CLASSES.map((name) => `${split}/${name}`));

/**
 * "chest_xray/train/NORMAL/a.jpeg" -> "train/NORMAL/a.jpeg"; undefined for entries that are not images of the dataset: files
 * of macOS, and the second copy, chest_xray/chest_xray, in the archive of Kaggle.
 */
export function imagePlace(entry: string): string | undefined {
  const [, split, name, file] = ENTRY.exec(entry) ?? [];
  if (!CLASS_FOLDERS.includes(`${split}/${name}`)) return undefined;
  const image = `${name}/${file}`;
  return `${split === "train" && PUBLISHED_VAL.has(image) ? "val" : split}/${image}`;
}
