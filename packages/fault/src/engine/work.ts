/** What may still be done in one step: looks at a row, and what takes as long as some of them. */
export interface Work {
  left: number
}

/** The work of one call, in looks: few milliseconds, even where nothing is warm yet. */
export const workOfStep = 10_000

/** How many looks take as long as telling one thing, as moving a row to other rule sets, and as compiling a rule set. */
export const workOfTelling = 40
export const workOfMoving = 4
export const workOfCompiling = 200
