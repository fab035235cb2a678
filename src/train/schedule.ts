/** Factor of the learning rate after the share `done` (0 to 1) of all steps. */
export const SCHEDULES = {
  constant: () => 1,
  /** Falls to 0 along half a cosine (Loshchilov and Hutter, arXiv:1608.03983, without restarts). */
  cosine: (done: number) => (1 + Math.cos(Math.PI * done)) / 2,
} satisfies Record<string, (done: number) => number>;

export type Schedule = keyof typeof SCHEDULES;
