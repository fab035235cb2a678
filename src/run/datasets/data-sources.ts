// Download sources of the published dataset.
import { type ClassCounts, PUBLISHED_COUNTS } from "../../data/manifest.js";
import type { Split } from "../../data/types.js";
import type { FileHash } from "../../node/download.js";

export interface DataSource {
  name: string;
  url: string;
  /** File name of the archive in the cache, and under PULMO_DATA_URL. */
  file: string;
  hash: FileHash;
  /** Approximate size of the download. */
  bytes: number;
  /** Content of the archive. Undefined if the file is kept without unpacking. */
  images?: PublishedImages;
}

export interface PublishedImages {
  bytes: number;
  counts: Readonly<Record<Split, Readonly<ClassCounts>>>;
}

const images: PublishedImages = { bytes: 1.3e9, counts: PUBLISHED_COUNTS };

/** The first is the default: the archive of the dataset's authors. It needs no account and is half as large as Kaggle's. */
export const DATA_SOURCES: readonly DataSource[] = [
  {
    name: "mendeley",
    url: "https://data.mendeley.com/public-files/datasets/rscbjbr9sj/files/f12eaf6d-6023-432f-acc9-80c9d7393433/file_downloaded",
    file: "ChestXRay2017.zip",
    hash: { algorithm: "sha256", hex: "13efc055629733dbab07877f8b3c9f81097840dbcdaa326a8542322c2281ce36" },
    bytes: 1.24e9,
    images,
  },
  {
    name: "kaggle",
    url: "https://www.kaggle.com/api/v1/datasets/download/paultimothymooney/chest-xray-pneumonia",
    file: "chest-xray-pneumonia.zip",
    hash: { algorithm: "md5", hex: "930763e3580e76de9c2c849ec933b5d6" },
    bytes: 2.46e9,
    images,
  },
  {
    name: "medmnist",
    url: "https://zenodo.org/records/10519652/files/pneumoniamnist_224.npz",
    file: "pneumoniamnist_224.npz",
    hash: { algorithm: "md5", hex: "d6a3c71de1b945ea11211b03746c1fe1" },
    bytes: 214_384_716,
  },
];
