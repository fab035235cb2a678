// The two boxes of X-rays to train on, one per class.
import { readModelFile } from "../../core/read-model-file.js";
import { patientOf } from "../../data/names.js";
import { byId } from "../elements.js";
import { chosenFiles, droppedFiles } from "../files.js";
import { imagesOf } from "../images.js";
import type { Dropped } from "../items.js";
import type { Scorer } from "../scorer.js";
import { tell, word } from "../speech.js";

/** As the model's input they take 450 MB. */
export const MOST_IMAGES = 3000;

const boxes: [Dropped[], Dropped[]] = [[], []];
/** The classes of the images in the boxes. */
let of: readonly string[] = [];
export const total = (): number => boxes[0].length + boxes[1].length;

export const boxesReady = (): boolean => boxes.every((box) => box.length > 0) && total() <= MOST_IMAGES;

/** Images stay in their box if another model has the same classes. */
export function drawBoxes(classes: readonly string[]): void {
  if (classes.join("\0") !== of.join("\0")) {
    of = classes;
    for (const box of boxes) box.length = 0;
  }
  boxes.forEach((box, i) => {
    byId(`box-name-${i}`).textContent = classes[i];
    byId(`box-count-${i}`).textContent = word("boxCount", { count: box.length });
  });
}

/** The boxes change only while `canPut()`; `changed` is called afterwards. */
export function watchBoxes(attempt: (work: () => Promise<void>) => void, canPut: () => boolean, changed: () => void): void {
  boxes.forEach((box, i) => {
    const put = async (dropped: Dropped[]) => {
      const classes = of;
      const { images } = await imagesOf(dropped);
      if (!canPut() || of !== classes) return;
      for (const image of images) box.push(image);
      changed();
    };
    for (const id of [`box-files-${i}`, `box-folder-${i}`]) {
      const input = byId<HTMLInputElement>(id);
      input.onchange = () => {
        const files = chosenFiles(input.files!);
        input.value = "";
        attempt(() => put(files));
      };
    }
    byId(`box-empty-${i}`).onclick = () => {
      if (!canPut()) return;
      box.length = 0;
      changed();
    };
    byId(`box-${i}`).addEventListener("drop", (event) => {
      event.preventDefault();
      event.stopPropagation();
      const files = droppedFiles(event.dataTransfer!);
      attempt(async () => put(await files));
    });
  });
}

/** All images as the model's input, class 0 first. Rejects if one cannot be read. */
export async function readBoxes(scorer: Scorer) {
  const { imageSize: size } = readModelFile(new Uint8Array(scorer.file));
  const bar = byId<HTMLProgressElement>("progress");
  bar.hidden = false;
  let done = 0;
  const one = async ({ file, path }: Dropped, label: number) => {
    const data = await scorer.pixels(file, size).catch((error: Error) => {
      throw new Error(`${path}: ${error.message}`);
    });
    bar.value = ++done / total();
    tell("reading", { done, total: total() });
    const patient = patientOf({ file: path });
    return { pixels: { data, width: size, height: size, channels: 3 as const }, label, ...(patient !== null && { patient }) };
  };
  const images = boxes.flatMap((box, label) => box.map((dropped) => one(dropped, label)));
  return Promise.all(images).finally(() => (bar.hidden = true));
}
