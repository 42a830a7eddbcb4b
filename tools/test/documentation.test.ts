import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

import { snippets } from '../doctest/extract.ts'
import { runSnippet } from '../doctest/run.ts'
import { typeErrors } from '../doctest/type-check.ts'

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
const all = snippets(root)

describe('every ts fence of the documentation', () => {
  it('is found', () => {
    expect(all.length).toBeGreaterThan(0)
  })

  const errors = typeErrors(all, root)
  it.for(all.map((snippet) => [`${snippet.file}:${snippet.line}`, snippet] as const))(
    'type-checks: %s',
    ([, snippet]) => {
      expect(errors.get(snippet)).toEqual([])
    },
  )

  it.concurrent.for(all.map((snippet) => [`${snippet.file}:${snippet.line}`, snippet] as const))(
    'runs and prints what it says: %s',
    async ([, snippet], { expect }) => {
      expect(await runSnippet(snippet, root)).toEqual([])
    },
  )
})
