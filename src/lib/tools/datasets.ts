// The published dataset, and the pixel caches of this user.
export { lackingFor } from "../../data/needs.js";
export { problemLines } from "../../report/data-problems.js";
export { cacheFacts, pruneFacts } from "../../run/datasets/caches.js";
export { DATA_SOURCES } from "../../run/datasets/data-sources.js";
export { fetchData } from "../../run/datasets/fetch-data.js";
export { fetchedData } from "../../run/datasets/fetched-data.js";
export { openDataset } from "../open-dataset.js";
