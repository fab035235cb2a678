/** The beginning of the metrics.json of an evaluation. */
export const EVALUATION_JSON = /^\{\s*"schema": 1,\s*"kind": "evaluation"/;
