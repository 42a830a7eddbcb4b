import { posix } from 'node:path'

import ts from 'typescript'

import type { Sources } from './sources.ts'

const mostFiles = 14
const mostValues = 32

/** Folders that hold more files than a person oversees. */
export function fullFolders(sources: Sources): string[] {
  const counts = new Map<string, number>()
  for (const folder of [...sources.keys()].map((path) => posix.dirname(path)))
    counts.set(folder, (counts.get(folder) ?? 0) + 1)
  return [...counts]
    .filter(([, count]) => count > mostFiles)
    .map(([folder, count]) => `${folder} holds ${count} files, of at most ${mostFiles}`)
}

/** Roots of packages that export more values than a person learns; types are not counted. */
export function wideRoots(sources: Sources): string[] {
  return [...sources]
    .filter(([path]) => /^packages\/\w+\/src\/index\.ts$/.test(path))
    .map(([path, text]) => [path, countValues(path, text)] as const)
    .filter(([, count]) => count > mostValues)
    .map(([path, count]) => `${path} exports ${count} values, of at most ${mostValues}`)
}

/** A root is lists of names; `export *`, or a declaration in the root itself, would hide how many there are. */
function countValues(path: string, text: string): number {
  const { statements } = ts.createSourceFile(path, text, ts.ScriptTarget.Latest)
  const counts = statements.map((statement) => {
    if (!ts.isExportDeclaration(statement)) return Infinity
    if (statement.isTypeOnly) return 0
    const { exportClause } = statement
    if (exportClause === undefined || !ts.isNamedExports(exportClause)) return Infinity
    return exportClause.elements.filter(({ isTypeOnly }) => !isTypeOnly).length
  })
  return counts.reduce((sum, count) => sum + count, 0)
}

/** Time-outs that garbage collection on Node 20 takes along: a signal that waits for others, or for the time, by itself. */
export function lostTimeouts(sources: Sources): string[] {
  return [...sources].flatMap(([path, text]) =>
    [...text.matchAll(/\bAbortSignal\s*\.\s*(any|timeout)\s*\(/g)].map(
      ([, call = '']) => `${path} calls AbortSignal.${call}, which can be lost: own a timer and clear it`,
    ),
  )
}
