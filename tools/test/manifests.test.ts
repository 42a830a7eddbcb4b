import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

interface Manifest {
  readonly name: string
  readonly private?: boolean
  readonly exports: Readonly<Record<string, unknown>>
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string): unknown => JSON.parse(readFileSync(join(root, path), 'utf8'))

const manifests = readdirSync(join(root, 'packages')).map(
  (name) => read(`packages/${name}/package.json`) as Manifest,
)
const { compilerOptions } = read('tsconfig.base.json') as {
  compilerOptions: { paths: Readonly<Record<string, readonly string[]>> }
}

describe('the manifests', () => {
  it('offer exactly the entries whose sources the paths of tsconfig.base.json name', () => {
    const entries = manifests.flatMap(({ name, exports }) =>
      Object.keys(exports)
        .filter((entry) => entry !== './package.json')
        .map((entry) => name + entry.slice(1)),
    )
    expect(entries.length).toBeGreaterThan(25)
    expect(Object.keys(compilerOptions.paths).sort()).toEqual(entries.sort())
    for (const [entry, [source = '']] of Object.entries(compilerOptions.paths))
      expect(existsSync(join(root, source)), `${entry} at ${source}`).toBe(true)
  })

  it('name no package that a stranger cannot install', () => {
    const hidden = manifests.filter((manifest) => manifest.private).map(({ name }) => name)
    expect(hidden).toEqual(['@tocsin/core'])
    for (const manifest of manifests.filter(({ name }) => !hidden.includes(name)))
      expect(JSON.stringify(manifest), manifest.name).not.toContain(hidden[0])
  })
})
