import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

import { outsideModules } from '../house/entries.ts'
import { readSources } from '../house/sources.ts'

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
const sources = readSources(root, ['core', 'rollup', 'fault', 'notify', 'protocols'])

describe('the entry of an engine', () => {
  it.each([
    ['rollup', []],
    ['fault', []],
    ['notify', ['node:crypto']],
    ['protocols', []],
  ])('of %s needs no rxjs and nothing of Node but %j, also for its types', (name, outside) => {
    expect(outsideModules(sources, `packages/${name}/src/engine.ts`)).toEqual(outside)
  })
})

describe('the check of entries', () => {
  it('finds what is imported by another file, by core, for types and for effect', () => {
    const planted = new Map([
      [
        'packages/shop/src/engine.ts',
        `export type { A } from './a.ts'; import { series } from '@tocsin/core'`,
      ],
      ['packages/shop/src/a.ts', `import type { Observable } from 'rxjs'; import './engine.ts'; import 'x'`],
      ['packages/core/src/index.ts', `export { readFile } from './files.ts'`],
      ['packages/core/src/files.ts', `export { readFile } from 'node:fs'`],
      ['packages/shop/src/b.ts', `import 'not-reached'`],
    ])
    expect(outsideModules(planted, 'packages/shop/src/engine.ts')).toEqual(['node:fs', 'rxjs', 'x'])
    expect(() => outsideModules(planted, 'packages/shop/src/c.ts')).toThrow('c.ts is not there')
  })
})
