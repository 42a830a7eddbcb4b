import { fileURLToPath } from 'node:url'

import { beforeAll, describe, expect, it } from 'vitest'

import { snippets } from '../doctest/extract.ts'
import { runSnippets } from '../doctest/run.ts'
import { typeErrors } from '../doctest/type-check.ts'

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
const all = snippets(root)
const named = all.map((snippet) => [`${snippet.file}:${snippet.line}`, snippet] as const)

describe('every ts fence of the documentation', () => {
  let errors: ReturnType<typeof typeErrors>
  let faults: Awaited<ReturnType<typeof runSnippets>>
  beforeAll(async () => {
    const running = runSnippets(all, root)
    errors = typeErrors(all, root)
    faults = await running
  }, 600_000)

  it('is found', () => {
    expect(all.length).toBeGreaterThan(0)
  })

  it.for(named)('type-checks: %s', ([, snippet]) => {
    expect(errors.get(snippet)).toEqual([])
  })

  it.for(named)('runs and prints what it says: %s', ([, snippet]) => {
    expect(faults.get(snippet)).toEqual([])
  })
})
