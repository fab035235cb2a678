// Merges the scores of shards.
export { evaluationText } from "../../report/evaluation-text.js";
export { refuseOverwriting } from "../../run/exports/export.js";
export { gatherScores } from "../../run/scoring/gather-scores.js";
