/** The numbers of false and true positives if every score >= threshold is positive. */
export interface Step {
  fps: number;
  tps: number;
  threshold: number;
}

/** One step per distinct score, in descending order. Tied scores share a step. */
export function cumulativeCounts(labels: ArrayLike<number>, scores: ArrayLike<number>): Step[] {
  const order = Uint32Array.from(labels, (_, i) => i).sort((a, b) => scores[b] - scores[a]);
  const steps: Step[] = [];
  let tps = 0;
  for (let k = 0; k < order.length; k++) {
    const score = scores[order[k]];
    tps += labels[order[k]];
    if (k + 1 === order.length || scores[order[k + 1]] !== score) steps.push({ fps: k + 1 - tps, tps, threshold: score });
  }
  return steps;
}
