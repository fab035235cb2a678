declare module "vega-statistics" {
  /** Cumulative distribution function of the normal distribution (West 2009). */
  export function cumulativeNormal(value: number, mean?: number, deviation?: number): number;
}
