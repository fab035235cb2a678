/** Formats of the plots beside the report. Apart from their drawing, so that parsing a command line does not load it. */
export const PLOT_FORMATS = ["svg", "png"] as const;

export type PlotFormat = (typeof PLOT_FORMATS)[number];
