import fc from 'fast-check'

// Raise the runs for a long fuzz: FC_NUM_RUNS=20000 npm run test:fuzz. A failure prints its seed.
const runs = Number(process.env['FC_NUM_RUNS'])
if (Number.isSafeInteger(runs) && runs > 0) fc.configureGlobal({ numRuns: runs })
