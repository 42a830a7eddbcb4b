import { importsOf, type Sources } from './sources.ts'

/** Ways along imports that come back to where they began; at least one of each knot. */
export function circles(sources: Sources): string[] {
  const imports = importsOf(sources)
  const done = new Set<string>()
  const found: string[] = []
  const walk = (file: string, way: readonly string[]): void => {
    const start = way.indexOf(file)
    if (start >= 0) found.push(`a circle: ${[...way.slice(start), file].join(' -> ')}`)
    if (start >= 0 || done.has(file)) return
    for (const next of imports.get(file) ?? []) walk(next, [...way, file])
    done.add(file)
  }
  for (const file of imports.keys()) walk(file, [])
  return found
}
