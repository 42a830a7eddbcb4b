/** At least so many of a hundred of each folder of algorithms must be run by tests. */
interface Share {
  readonly statements: number
  readonly functions: number
  readonly lines: number
  readonly branches: number
}

const most: Share = { statements: 95, functions: 95, lines: 95, branches: 95 }

/**
 * Each folder stands for itself, so that none hides behind another; tools/test/house.test.ts shows that they are all here.
 * Of few branches, those that only the type checker asks for (`list[at] ?? 0`) are more than 5 of a hundred.
 */
export const coverageOfEngines: Readonly<Record<string, Share>> = {
  'packages/core/src/numbers': { ...most, branches: 85 },
  'packages/core/src/shape': most,
  'packages/fault/src/engine': most,
  'packages/journal/src/format': most,
  'packages/journal/src/samples': most,
  'packages/notify/src/engine': most,
  'packages/protocols/src/engine': most,
  'packages/rollup/src/engine': most,
}
