import { fileURLToPath } from 'node:url'

import { beforeAll, describe, expect, it } from 'vitest'

import { snippets } from '../doctest/extract.ts'
import { runSnippets } from '../doctest/run.ts'

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
const all = snippets(root)
const named = all.map((snippet) => [`${snippet.file}:${snippet.line}`, snippet] as const)

describe('every ts fence of the documentation', () => {
  let faults: Awaited<ReturnType<typeof runSnippets>>
  beforeAll(async () => {
    faults = await runSnippets(all, root)
  }, 600_000)

  it.for(named)('runs and prints what it says: %s', ([, snippet]) => {
    expect(faults.get(snippet)).toEqual([])
  })
})
