import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

import { circles } from '../house/circles.ts'
import { coveredFolders } from '../house/coverage.ts'
import { engineFaults, engineRules } from '../house/engines.ts'
import { exceptions, unneeded } from '../house/exceptions.ts'
import { fullFolders, lostTimeouts, wideRoots } from '../house/measures.ts'
import { roomFaults } from '../house/rooms.ts'
import { importsOf, readSources, type Sources } from '../house/sources.ts'

const packages = ['core', 'journal', 'rollup', 'fault', 'notify', 'protocols']

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
const page = readFileSync(`${root}/docs/architecture.md`, 'utf8')
const sources = readSources(root, packages)
const engines = await engineRules(root)
const found = {
  'imports in no circles': circles(sources),
  'imports downwards only, as the tables of docs/architecture.md say': roomFaults(sources, page),
  'holds at most 14 files a folder': fullFolders(sources),
  'exports at most 32 values at the root of a package': wideRoots(sources),
  'has the linter watch every engine': engineFaults(sources, engines.folders),
  'has no time-out that garbage collection takes along': lostTimeouts(sources),
}

describe('the house', () => {
  it.each(Object.entries(found))('%s', (_, faults) => {
    expect(faults.filter((fault) => !Object.hasOwn(exceptions, fault))).toEqual([])
  })

  it('has each engine covered by tests, each for itself', () => {
    expect(coveredFolders).toEqual(engines.folders)
  })

  it('lists no exception that can be taken off the list', () => {
    expect(unneeded(Object.values(found).flat(), exceptions)).toEqual([])
  })
})

/** Sources of a package that is called `shop`. */
const shop = (files: Readonly<Record<string, string>>): Sources =>
  new Map(Object.entries(files).map(([path, text]) => [`packages/shop/src/${path}`, text]))

describe('the checks of the house', () => {
  it('see imports of every form', () => {
    const text = `
      import { a } from './a.ts'
      import type { B } from './b.ts'
      export { c } from './c.ts'
      export type * from './d.ts'
      import './e.ts'
      const f = await import('./f.ts')
      let g: import('../g.ts').G
      // import './not.ts'
      const not = "import './not.ts'"`
    expect(importsOf(shop({ 'room/x.ts': text })).get('packages/shop/src/room/x.ts')).toEqual(
      ['room/a', 'room/b', 'room/c', 'room/d', 'room/e', 'room/f', 'g'].map(
        (name) => `packages/shop/src/${name}.ts`,
      ),
    )
  })

  it('find a circle, also one of types through a third file', () => {
    const two = shop({
      'a.ts': `import type { B } from './b.ts'`,
      'b.ts': `export { a } from './c.ts'`,
      'c.ts': '',
    })
    expect(circles(two)).toEqual([])
    expect(circles(new Map([...two, ...shop({ 'c.ts': `import('./a.ts')` })]))).toEqual([
      `a circle: ${['a', 'b', 'c', 'a'].map((name) => `packages/shop/src/${name}.ts`).join(' -> ')}`,
    ])
  })

  const table = (mayImport: string): string => `## The rooms

### \`shop\`

| Room          | What is in it | May import    |
| ------------- | ------------- | ------------- |
| \`index\`     | the entry     | all below     |
| \`till/\`     | money         | ${mayImport}  |
| \`store/\`    | goods         | ground        |
| ground: \`a\` \`b\` | the rest | nothing      |

## More
`
  const tidy = {
    'index.ts': `export * from './till/pay.ts'; export * from './b.ts'`,
    'till/pay.ts': `import '../store/deep/shelf.ts'; import './coin.ts'`,
    'till/coin.ts': `import '../a.ts'`,
    'store/deep/shelf.ts': `import type { A } from '../../a.ts'`,
    'a.ts': `import './b.ts'`,
    'b.ts': '',
  }

  it.each([
    ['nothing', tidy, []],
    [
      'an upward import',
      { ...tidy, 'b.ts': `import type { C } from './till/coin.ts'` },
      ['b.ts may not import packages/shop/src/till/coin.ts'],
    ],
    [
      'an import that no row allows',
      { ...tidy, 'store/x.ts': `import('../till/coin.ts')` },
      ['store/x.ts may not import packages/shop/src/till/coin.ts'],
    ],
    [
      'an import of another package',
      { ...tidy, 'a.ts': `import '../../bank/src/a.ts'` },
      ['a.ts may not import packages/bank/src/a.ts'],
    ],
    ['an unlisted room', { ...tidy, 'cellar/x.ts': '' }, ['cellar/x.ts is in no room']],
    ['an unlisted file', { ...tidy, 'attic.ts': '' }, ['attic.ts is in no room']],
    [
      'a room that is gone',
      { 'index.ts': '', 'a.ts': '', 'till/x.ts': '', 'store/x.ts': '' },
      ['b.ts is a room that is gone'],
    ],
  ])('find %s among the rooms', (_, files, faults) => {
    expect(roomFaults(shop(files), table('`store/`, ground'))).toEqual(
      faults.map((fault) => `packages/shop/src/${fault}`),
    )
  })

  it('find a table that lets a room import upwards, or one that is not there', () => {
    const upward = roomFaults(shop(tidy), table('`index`, `store/`, ground'))
    expect(upward).toEqual(['shop: the table lets till/ import index, which is not below it'])
    expect(roomFaults(shop({ 'a.ts': '' }), '')).toEqual(['packages/shop/src/a.ts is in no room'])
  })

  it('find a fifteenth file', () => {
    const files = (count: number): Sources =>
      shop(Object.fromEntries(Array.from({ length: count }, (_, index) => [`till/${index}.ts`, ''])))
    expect(fullFolders(files(14))).toEqual([])
    expect(fullFolders(files(15))).toEqual(['packages/shop/src/till holds 15 files, of at most 14'])
  })

  it('find a value that is one too many, and exports that cannot be counted', () => {
    const names = Array.from({ length: 31 }, (_, index) => `v${index}`).join(', ')
    const text = `export { ${names}, type T } from './a.ts'\nexport type { U, V } from './b.ts'\n`
    const exporting = (more: string): string[] => wideRoots(shop({ 'index.ts': text + more }))
    expect(exporting(`export { w } from './c.ts'`)).toEqual([])
    expect(exporting(`export { w, x } from './c.ts'`)).toEqual([
      'packages/shop/src/index.ts exports 33 values, of at most 32',
    ])
    expect(exporting(`export * from './c.ts'`)).toHaveLength(1)
    expect(exporting('export const w = 1')).toHaveLength(1)
  })

  const impure = [
    'Date.now()',
    'new Date()',
    'Date()',
    'setTimeout(() => 0)',
    'setInterval(() => 0)',
    'setImmediate(() => 0)',
    'queueMicrotask(() => 0)',
    'performance.now()',
    'process.hrtime()',
    'globalThis.setTimeout(() => 0)',
    'AbortSignal.timeout(1)',
    "fetch('')",
    'Math.random()',
    'crypto.randomUUID()',
    "import 'rxjs'",
    "import type { Observable } from 'rxjs'",
    "import { map } from 'rxjs/operators'",
    "import('rxjs')",
    "import { readFileSync } from 'node:fs'",
    "import { randomBytes } from 'crypto'",
    "export { setTimeout } from 'node:timers/promises'",
    "import { inEventTime } from '@tocsin/core/time'",
    "import { nodeFileSystem } from '@tocsin/core/node'",
  ]
  const places = engines.folders.flatMap((folder) => [`${folder}/planted.ts`, `${folder}/deep/planted.ts`])
  const plant = (text: string): Promise<string[]> =>
    engines.faults(new Map(places.map((path) => [path, text])))

  it('find the clock, chance, rxjs and the system in every engine', async () => {
    const expected = places.flatMap((path) => impure.map((_, index) => `${path}:${index + 1}`))
    expect(await plant(impure.join('\n'))).toEqual(expected)
    expect(await plant("import { series } from '@tocsin/core'\nnew Date(0); Date.parse('')")).toEqual([])
  })

  it('let the bytes of the journal and of rollups be compressed, and no other engine', async () => {
    const bytes = ['packages/journal/src/format/', 'packages/rollup/src/columns/']
    const others = places.filter((path) => !bytes.some((folder) => path.startsWith(folder)))
    expect(others).toHaveLength(places.length - 4)
    const faults = await plant("import { crc32 } from 'node:zlib'")
    expect(faults).toEqual(others.map((path) => `${path}:1`))
  })

  it('find an engine that is gone, that the linter does not know, or where a comment turns it off', () => {
    const files = shop({ 'engine/a.ts': '', 'till/engine/b.ts': '// eslint-disable-line', 'c.ts': '' })
    const [first, second] = ['packages/shop/src/engine', 'packages/shop/src/till/engine']
    expect(engineFaults(files, [first])).toEqual([
      `${second}/b.ts is in an engine that the linter does not know`,
    ])
    expect(engineFaults(files, [first, second])).toEqual([`${second}/b.ts turns the linter off`])
    expect(engineFaults(shop({ 'c.ts': '' }), [first])).toEqual([`${first} is an engine that is gone`])
    expect(engineFaults(shop({ 'c.ts': '' }), ['packages/bank/src/engine'])).toEqual([])
  })

  it('find a time-out that can be lost', () => {
    const text = 'fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(10)]) })'
    expect(lostTimeouts(shop({ 'a.ts': text, 'b.ts': 'signal: AbortSignal // any' }))).toEqual([
      'packages/shop/src/a.ts calls AbortSignal.any, which can be lost: own a timer and clear it',
      'packages/shop/src/a.ts calls AbortSignal.timeout, which can be lost: own a timer and clear it',
    ])
  })

  it('find an exception that is not needed, or whose number has changed', () => {
    const excepted = { 'till holds 16 files': 'why' }
    expect(unneeded(['till holds 16 files'], excepted)).toEqual([])
    expect(unneeded(['till holds 15 files'], excepted)).toEqual(['till holds 16 files'])
  })
})
