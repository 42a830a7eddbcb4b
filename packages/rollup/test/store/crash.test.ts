import type { FileSystem } from '@tocsin/core'
import { describe, expect, it } from 'vitest'

import type { MemoryFileSystem } from '../../src/testing/index.ts'
import { hour } from '../support/samples.ts'
import { stepOf } from '../../../../vitest.runs.ts'
import { crashAt, cuts, operationsOf, script } from './living/crash-at.ts'

describe('a store that loses power at an operation', () => {
  it('has what it acknowledged, and with the rest says what it says without a crash', async () => {
    const { length } = Object.keys(cuts)
    const operations = await operationsOf(script, hour)
    const found: string[] = []
    // The long tests do each of them with each cut.
    for (let operation = 1; operation <= operations + 1; operation += 5 * stepOf(3)) {
      const [name = '', cut = {}] = Object.entries(cuts)[operation % length] ?? []
      const wrong = await crashAt(script, { operation, cut, rawHorizonMs: hour })
      found.push(...wrong.slice(0, 3).map((one) => `${operation}, ${name}: ${one}`))
    }
    expect(found).toEqual([])
  })
})

describe('the test above', () => {
  const lying = (memory: MemoryFileSystem): FileSystem => ({
    ...memory,
    open: async (path, mode) => ({ ...(await memory.open(path, mode)), sync: async () => undefined }),
  })
  const forgetting = (memory: MemoryFileSystem): FileSystem => ({
    ...memory,
    syncDirectory: async () => undefined,
  })

  it.each([
    ['says that bytes are durable which are not', lying],
    ['says that names are durable which are not', forgetting],
  ])('finds out a disk that %s', async (_what, disk) => {
    const found: string[] = []
    const operations = await operationsOf(script, 0)
    for (let operation = 4; operation <= operations && found.length === 0; operation += 7) {
      found.push(...(await crashAt(script, { operation, cut: {}, rawHorizonMs: 0, disk })))
    }
    expect(found).not.toEqual([])
  })
})
