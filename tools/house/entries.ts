import { posix } from 'node:path'

import ts from 'typescript'

import type { Sources } from './sources.ts'

const core = 'packages/core/src'
/** What the build inlines. */
const inlined: Readonly<Record<string, string>> = {
  '@tocsin/core': `${core}/index.ts`,
  '@tocsin/core/diagnostics-channel': `${core}/ports/diagnostics-channel.ts`,
  '@tocsin/core/exact-sum': `${core}/numbers/exact-sum.ts`,
  '@tocsin/core/shape': `${core}/shape/index.ts`,
  '@tocsin/core/testing': `${core}/testing/index.ts`,
  '@tocsin/core/testing/arbitraries': `${core}/testing/arbitraries/index.ts`,
  '@tocsin/core/action-queue': `${core}/time/action-queue.ts`,
  '@tocsin/core/time': `${core}/time/in-event-time.ts`,
}

/** Modules outside the house that an entry needs: imported by it or by what it imports, for values or for types. */
export function outsideModules(sources: Sources, entry: string): string[] {
  const outside = new Set<string>()
  const seen = new Set<string>()
  const visit = (path: string): void => {
    if (seen.has(path)) return
    seen.add(path)
    const text = sources.get(path)
    if (text === undefined) throw new Error(`${path} is not there`)
    for (const { fileName } of ts.preProcessFile(text, true, true).importedFiles) {
      const inside = fileName.startsWith('.') ? posix.join(posix.dirname(path), fileName) : inlined[fileName]
      if (inside === undefined) outside.add(fileName)
      else visit(inside)
    }
  }
  visit(entry)
  return [...outside].sort()
}
