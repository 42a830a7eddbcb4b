import fc from 'fast-check'
import type { Parameters, RunDetails } from 'fast-check'
import { expect, inject } from 'vitest'

import { usualRuns } from './vitest.runs.ts'

declare module 'vitest' {
  interface ProvidedContext {
    readonly project: string
  }
}

// The same inputs in every run, so that no clone fails by chance; `npm run test:explore` draws others.
const { FC_SEED = '20261126', FC_NUM_RUNS = String(usualRuns), FC_PATH = '' } = process.env
const parameters: Parameters<unknown> = {
  seed: Number(FC_SEED),
  numRuns: Number(FC_NUM_RUNS),
  path: FC_PATH,
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- a plugin hears of fc.check too, whose failures are wanted
  reporter: (details) => {
    if (!details.failed) return
    const message = `${fc.defaultReportMessage(details)}\n\nTo repeat it:\n  ${commandThatRepeats(details)}\n`
    throw new Error(message, { cause: details.errorInstance })
  },
}
fc.configureGlobal(parameters)

function commandThatRepeats({ seed, counterexamplePath, numRuns }: RunDetails<unknown>): string {
  const { testPath = '', currentTestName = '' } = expect.getState()
  // Vitest looks for the pattern in the names of groups and test with a space between them.
  const name = currentTestName.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll(' > ', ' (> )?')
  return [
    `FC_SEED=${seed}`,
    counterexamplePath === null ? `FC_NUM_RUNS=${numRuns}` : `FC_PATH=${counterexamplePath}`,
    `npx vitest run --project ${inject('project')} ${testPath.replace(`${import.meta.dirname}/`, '')}`,
    `-t '^${name.replaceAll("'", String.raw`'\''`)}$'`,
  ].join(' ')
}
