import { fileURLToPath } from 'node:url'

import { beforeAll, describe, expect, it } from 'vitest'

import { snippets } from '../doctest/extract.ts'
import { typeErrors } from '../doctest/type-check.ts'

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
const all = snippets(root)
const named = all.map((snippet) => [`${snippet.file}:${snippet.line}`, snippet] as const)

// What they print is in documentation.long.test.ts.
describe('every ts fence of the documentation', () => {
  let errors: ReturnType<typeof typeErrors>
  beforeAll(() => {
    errors = typeErrors(all, root)
  }, 600_000)

  it('is found', () => {
    expect(all.length).toBeGreaterThan(0)
  })

  it.for(named)('type-checks: %s', ([, snippet]) => {
    expect(errors.get(snippet)).toEqual([])
  })
})
