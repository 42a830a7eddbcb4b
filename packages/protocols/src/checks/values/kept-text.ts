import type { Tags } from '@tocsin/core'

/** The beginning of a text, by itself: a part of a text holds all of it in memory, as a word does the body that it stands in. */
export const keptText = (text: string, maxLength: number = Infinity): string =>
  Buffer.from(text.slice(0, maxLength)).toString()

/** Tags whose texts are by themselves. */
export function keptTags(tags: Tags): Tags {
  const entries = Object.entries(tags)
  if (entries.length === 0) return tags
  return Object.fromEntries(entries.map(([category, value]) => [keptText(category), keptText(value)]))
}

/** Longer sentences are cut: they may hold what a target said. */
const maxStatusLength = 1024

/** The status of a result: a text by itself without characters that a terminal acts on. */
export const keptStatus = (text: string): string =>
  keptText(text, maxStatusLength).replace(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu, ' ')
