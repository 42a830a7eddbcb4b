import { compileTagQuery, parseTagQuery } from '@tocsin/core'
import type { Series } from '@tocsin/core'

/** A tag query as a predicate. The query was checked before; one that cannot be read selects nothing. */
export function compileSelect(select: string): (series: Series) => boolean {
  const parsed = parseTagQuery(select)
  return parsed.ok ? compileTagQuery(parsed.value) : () => false
}
