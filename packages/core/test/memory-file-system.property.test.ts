import type { OpenFile } from '@tocsin/core'
import type { MemoryFileSystem, PowerCut } from '@tocsin/core/testing'
import { memoryFileSystem } from '@tocsin/core/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { everything, nothing } from './helpers/memory-files.ts'

type Step =
  | { readonly kind: 'write' | 'durable'; readonly position: number; readonly length: number }
  | { readonly kind: 'truncate'; readonly size: number }
  | { readonly kind: 'sync' }

const place = fc.nat({ max: 20 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('write' as const, 'durable' as const),
      position: place,
      length: place,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('truncate' as const), size: place }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('sync' as const) }) },
)

/** Any power cut whose garbage is 255. */
const powerCut: fc.Arbitrary<PowerCut> = fc.infiniteStream(fc.nat({ max: 9 })).map((stream) => {
  const next = (): number => stream.next().value as number
  return {
    sectorBytes: 1 + next(),
    write: (bytes) => (next() < 5 ? bytes.subarray(0, next()) : undefined),
    grow: (zeros) => [undefined, zeros, zeros.subarray(0, next()), zeros.map(() => 255)][next() % 4],
    cut: () => next() < 5,
    name: () => [true, false, 'both' as const][next() % 3] ?? false,
  }
})

/** What may be in a file, byte by byte: only what was there since it last was made durable. */
class Oracle {
  seen: number[] = []
  possible: Set<number>[] = []
  sizes = { least: 0, most: 0 }

  write(position: number, bytes: readonly number[], durable: boolean): void {
    if (bytes.length === 0) return
    this.#grow(position + bytes.length)
    while (this.seen.length < position) this.seen.push(0)
    bytes.forEach((byte, index) => {
      this.seen[position + index] = byte
      const before = durable ? [] : (this.possible[position + index] ?? [])
      this.possible[position + index] = new Set([...before, byte])
    })
    if (durable) this.sizes.least = Math.max(this.sizes.least, position + bytes.length)
  }

  truncate(size: number): void {
    this.#grow(size)
    for (let at = size; at < this.possible.length; at += 1) this.possible[at]?.add(0)
    while (this.seen.length < size) this.seen.push(0)
    this.seen.length = size
    this.sizes.least = Math.min(this.sizes.least, size)
  }

  sync(): void {
    this.possible = this.seen.map((byte) => new Set([byte]))
    this.sizes = { least: this.seen.length, most: this.seen.length }
  }

  allows(content: Uint8Array): boolean {
    const { least, most } = this.sizes
    if (content.length < least || content.length > most) return false
    return content.every((byte, at) => this.possible[at]?.has(byte) === true)
  }

  /** A place that the file grows by may hold zeros and what lay on the disk before. */
  #grow(size: number): void {
    this.sizes.most = Math.max(this.sizes.most, size)
    for (let at = this.seen.length; at < size; at += 1)
      this.possible[at] = new Set([...(this.possible[at] ?? []), 0, 255])
  }
}

describe('a file after any power cut', () => {
  it('has every byte that was synced, and only bytes that were written', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), powerCut, async (steps, choices) => {
        const { fileSystem, oracle } = await run(steps)
        const contentAfter = async (cut: PowerCut): Promise<Uint8Array> =>
          (await fileSystem.powerCut(cut).readFile('d/file')) ?? new Uint8Array(0)
        expect(oracle.allows(await contentAfter({ ...choices, name: () => true }))).toBe(true)
        expect(oracle.allows(await contentAfter(nothing))).toBe(true)
        expect([...(await contentAfter(everything))]).toEqual(oracle.seen)
        expect([...fileSystem.contents('d/file')]).toEqual(oracle.seen)
        const after = await contentAfter(choices)
        expect(await fileSystem.powerCut(choices).powerCut(nothing).list('d')).toEqual(['file'])
        expect(oracle.allows(after)).toBe(true)
      }),
    )
  })

  it('has nothing that was written since the last sync where the cut loses all', async () => {
    const writes = fc.array(
      step.filter(({ kind }) => kind !== 'durable'),
      { maxLength: 12 },
    )
    await fc.assert(
      fc.asyncProperty(writes, async (steps) => {
        const last = steps.findLastIndex(({ kind }) => kind === 'sync')
        const { fileSystem } = await run(steps)
        const { oracle } = await run(steps.slice(0, last + 1))
        expect([...fileSystem.powerCut(nothing).contents('d/file')]).toEqual(oracle.seen)
      }),
    )
  })
})

async function run(steps: readonly Step[]): Promise<{ fileSystem: MemoryFileSystem; oracle: Oracle }> {
  const fileSystem = memoryFileSystem()
  await fileSystem.makeDirectory('d')
  await fileSystem.syncDirectory('.')
  const file = await fileSystem.open('d/file', 'create')
  await fileSystem.syncDirectory('d')
  const durable = await fileSystem.open('d/file', 'durable')
  const oracle = new Oracle()
  for (const [index, one] of steps.entries()) await doBoth(one, index + 1, { file, durable, oracle })
  return { fileSystem, oracle }
}

async function doBoth(
  one: Step,
  byte: number,
  { file, durable, oracle }: { file: OpenFile; durable: OpenFile; oracle: Oracle },
): Promise<void> {
  if (one.kind === 'sync') {
    await file.sync()
    oracle.sync()
  } else if (one.kind === 'truncate') {
    await file.truncate(one.size)
    oracle.truncate(one.size)
  } else {
    const bytes = new Uint8Array(one.length).fill(byte)
    await (one.kind === 'durable' ? durable : file).write(bytes, one.position)
    oracle.write(one.position, [...bytes], one.kind === 'durable')
  }
}

type NameStep =
  | { readonly kind: 'create'; readonly name: string }
  | { readonly kind: 'remove'; readonly name: string }
  | { readonly kind: 'rename' | 'renameNew' | 'link'; readonly from: string; readonly to: string }
  | { readonly kind: 'sync'; readonly folder: string }

const nameSteps = (folders: readonly string[]): fc.Arbitrary<readonly NameStep[]> => {
  const name = fc.constantFrom(
    ...folders.flatMap((folder) => ['a', 'b', 'c'].map((one) => `${folder}/${one}`)),
  )
  return fc.array(
    fc.oneof(
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('create' as const), name }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), name }) },
      {
        weight: 2,
        arbitrary: fc.record({
          kind: fc.constantFrom('rename' as const, 'renameNew' as const, 'link' as const),
          from: name,
          to: name,
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ kind: fc.constant('sync' as const), folder: fc.constantFrom(...folders) }),
      },
    ),
    { maxLength: 14 },
  )
}

interface Names {
  /** The files, each a number that it also holds, under their names. */
  readonly seen: Map<string, number>
  /** What each name may stand for, 0 for nothing. */
  readonly possible: Map<string, Set<number>>
  /** Files that are certainly on the disk, for nobody has removed or replaced them. */
  readonly safe: Set<number>
}

async function runNames(
  steps: readonly NameStep[],
  folders: readonly string[],
): Promise<Names & { fileSystem: MemoryFileSystem }> {
  const fileSystem = memoryFileSystem()
  for (const folder of folders) await fileSystem.makeDirectory(folder)
  await fileSystem.syncDirectory('.')
  const names: Names = { seen: new Map(), possible: new Map(), safe: new Set() }
  for (const [index, one] of steps.entries()) await doNames(one, index + 1, fileSystem, names)
  return { ...names, fileSystem }
}

async function doNames(
  one: NameStep,
  id: number,
  fileSystem: MemoryFileSystem,
  { seen, possible, safe }: Names,
): Promise<void> {
  const put = (name: string, file: number | undefined): void => {
    possible.set(name, new Set([...(possible.get(name) ?? [seen.get(name) ?? 0]), file ?? 0]))
    if (file === undefined) seen.delete(name)
    else seen.set(name, file)
  }
  if (one.kind === 'create') {
    if (seen.has(one.name)) return
    const file = await fileSystem.open(one.name, 'create')
    await file.write(new Uint8Array([id]), 0)
    await file.sync()
    put(one.name, id)
  } else if (one.kind === 'remove') {
    await fileSystem.remove(one.name)
    safe.delete(seen.get(one.name) ?? 0)
    put(one.name, undefined)
  } else if (one.kind === 'sync') {
    await fileSystem.syncDirectory(one.folder)
    for (const name of possible.keys())
      if (name.startsWith(`${one.folder}/`)) possible.set(name, new Set([seen.get(name) ?? 0]))
    for (const [name, file] of seen) if (name.startsWith(`${one.folder}/`)) safe.add(file)
  } else {
    const file = seen.get(one.from)
    if (file === undefined || (one.kind !== 'rename' && seen.has(one.to))) return
    await fileSystem[one.kind](one.from, one.to)
    // Of two names of one file a rename leaves both.
    if (seen.get(one.to) === file) return
    safe.delete(seen.get(one.to) ?? 0)
    if (one.kind !== 'link') put(one.from, undefined)
    put(one.to, file)
  }
}

async function namesOn(
  fileSystem: MemoryFileSystem,
  folders: readonly string[],
): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  for (const folder of folders)
    for (const name of await fileSystem.list(folder))
      found.set(`${folder}/${name}`, fileSystem.contents(`${folder}/${name}`)[0] ?? 0)
  return found
}

describe('names after any power cut', () => {
  it('stand for what they stood for since the last sync of their folder', async () => {
    await fc.assert(
      fc.asyncProperty(nameSteps(['d']), powerCut, async (steps, choices) => {
        const { fileSystem, possible, seen } = await runNames(steps, ['d'])
        for (const cut of [choices, nothing, everything]) {
          const after = await namesOn(fileSystem.powerCut(cut), ['d'])
          for (const [name, files] of possible) expect([...files]).toContain(after.get(name) ?? 0)
          if (cut === everything) expect(after).toEqual(seen)
        }
        expect(await namesOn(fileSystem.processKill(), ['d'])).toEqual(seen)
      }),
    )
  })

  it('keep every durable file that was neither removed nor replaced, in whatever folder', async () => {
    await fc.assert(
      fc.asyncProperty(nameSteps(['d', 'e']), powerCut, async (steps, choices) => {
        const { fileSystem, safe } = await runNames(steps, ['d', 'e'])
        for (const cut of [choices, nothing, everything]) {
          const after = await namesOn(fileSystem.powerCut(cut), ['d', 'e'])
          for (const file of safe) expect([...after.values()]).toContain(file)
        }
      }),
    )
  })
})
