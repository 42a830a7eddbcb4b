/** Faults that are known, as the checks say them, and why each is still there. One that is mended is taken off. */
export const exceptions: Readonly<Record<string, string>> = {}

/** What is on the list and is no fault any more, or one of another number. */
export const unneeded = (faults: readonly string[], excepted: Readonly<Record<string, string>>): string[] =>
  Object.keys(excepted).filter((fault) => !faults.includes(fault))
