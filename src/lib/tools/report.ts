// Reports from the metrics.json of finished runs.

export { writeComparison } from "../../report/comparison-page.js";
export { evaluationText } from "../../report/evaluation-text.js";
export { terminalSummary } from "../../report/terminal-summary.js";
export { writeReport } from "../../report/write.js";
export { readResults } from "../../run/read-results.js";
