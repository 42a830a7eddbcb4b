import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'

import ts from 'typescript'

/** Texts of source files by path from the root of the repository. */
export type Sources = ReadonlyMap<string, string>

/** All sources of these packages, or what a test plants. */
export function readSources(root: string, packages: readonly string[]): Sources {
  const paths = packages.flatMap((name) =>
    readdirSync(`${root}/packages/${name}/src`, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => `packages/${name}/src/${path}`),
  )
  return new Map(paths.map((path) => [path, readFileSync(`${root}/${path}`, 'utf8')]))
}

/** Files that each file imports by path: values, types, re-exports, `import()` and imports for effect alike. */
export function importsOf(sources: Sources): ReadonlyMap<string, readonly string[]> {
  const imports = (path: string, text: string): string[] =>
    ts
      .preProcessFile(text, true, true)
      .importedFiles.filter(({ fileName }) => fileName.startsWith('.'))
      .map(({ fileName }) => posix.join(posix.dirname(path), fileName))
  return new Map([...sources].map(([path, text]) => [path, imports(path, text)]))
}
