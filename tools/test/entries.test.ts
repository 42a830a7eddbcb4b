import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

import { outsideModules } from '../house/entries.ts'
import { readSources } from '../house/sources.ts'

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
const sources = readSources(root, ['core', 'rollup', 'fault', 'notify', 'protocols'])

/** Inlined by the build; runs wherever JavaScript does. */
const [hmac, sha2] = ['hmac', 'sha2'].map((name) => `@noble/hashes/${name}.js`)

describe('an entry', () => {
  it.each([
    ['rollup/src/index.ts', ['rxjs']],
    ['rollup/src/engine.ts', []],
    ['rollup/src/testing/index.ts', ['rxjs']],
    ['rollup/src/testing/arbitraries.ts', ['fast-check', 'rxjs']],
    ['fault/src/index.ts', ['rxjs']],
    ['fault/src/engine.ts', []],
    ['fault/src/testing/index.ts', ['rxjs']],
    ['fault/src/testing/arbitraries.ts', ['fast-check', 'rxjs']],
    ['notify/src/index.ts', [hmac, sha2, 'rxjs']],
    ['notify/src/engine.ts', [sha2]],
    ['notify/src/testing/index.ts', ['rxjs']],
    ['notify/src/testing/arbitraries.ts', ['fast-check', 'rxjs']],
    ['protocols/src/index.ts', ['rxjs']],
    ['protocols/src/engine.ts', []],
    ['protocols/src/meter/index.ts', ['rxjs']],
  ])('that runs anywhere, %s, needs nothing but %j, also for its types', (entry, outside) => {
    expect(outsideModules(sources, `packages/${entry}`)).toEqual(outside)
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
