// Zip archives (of images, .pth, .npz) whose directories say more than the archive can hold.
import type { AdversarialCase } from "../adversarial.js";
import { png, zip } from "./bytes.js";

const image = png({ width: 64, height: 64, depth: 8, colour: 0 });
const MANY_ZEROS = 63 * 2 ** 20;

const ARCHIVES: [string, () => Uint8Array][] = [
  [
    "a thousand entries with one content",
    () => zip([{ name: "a.png", content: Buffer.alloc(MANY_ZEROS), times: 1000, local: "a.png" }]),
  ],
  ["60,000 entries with one content", () => zip([{ name: "a.png", content: image, times: 60_000, local: "a.png" }])],
  ["a size that its data cannot have", () => zip([{ name: "a.png", content: image, says: { size: 60e6 } }])],
  ["a size of 4 GiB", () => zip([{ name: "a.png", content: image, says: { size: 0xfffffffe } }])],
  [
    "an entry that starts in another",
    () =>
      zip([
        { name: "a.png", content: image, stored: true },
        { name: "b.png", content: image, stored: true, says: { offset: 1 } },
      ]),
  ],
  [
    "an archive in an archive",
    () => zip([{ name: "a.zip", content: zip([{ name: "a.png", content: Buffer.alloc(MANY_ZEROS), times: 1000 }]) }]),
  ],
];

export const archives: AdversarialCase[] = [".zip of images", ".zip dataset", ".pth", ".npz"].flatMap((area) =>
  ARCHIVES.map(([name, bytes]) => ({ area, name, quick: name === "a size of 4 GiB", bytes })),
);
