/** A truth value of Kleene's logic: 0 false, 1 true, 2 unknown. Numbers, since they lie in columns. */
export type Truth = 0 | 1 | 2

/** Unknown stays unknown. */
export const negated = (truth: Truth): Truth => (truth === 2 ? 2 : truth === 1 ? 0 : 1)

/** Whether at least `needed` are true, where so many are true and unknown of all that there are. */
export const atLeast = (needed: number, trues: number, unknowns: number): Truth =>
  trues >= needed ? 1 : trues + unknowns < needed ? 0 : 2

/** How many of `all` a share of `percent` asks for: rounded up, at least 1. */
export const neededOf = (percent: number, all: number): number =>
  Math.max(1, Math.ceil((all * percent) / 100))
