import fc from 'fast-check'

const isWhole = process.env['TOCSIN_ALL_RUNS'] === '1' || process.env['TOCSIN_LONG'] === '1'

/** How many times a property is tried unless it says otherwise: a share in `npm test`, all in `.ci/run` and in the long tests. */
export const usualRuns: number = isWhole ? 100 : 30

/** Another number of runs, and of it the same share; as many as are asked for where somebody explores. */
export const runs = (count: number): { readonly numRuns: number } => {
  const { numRuns = usualRuns } = fc.readConfigureGlobal()
  return {
    numRuns: process.env['FC_NUM_RUNS'] === undefined ? Math.ceil((count * usualRuns) / 100) : numRuns,
  }
}

/** The step of a loop that leaves nothing out in `.ci/run`, and this one in `npm test`. */
export const stepOf = (step: number): number => (isWhole ? 1 : step)
