import type { Tags } from '@tocsin/core'

/** What becomes of names that are more than letters, digits and `_`: they stand in quotes, which Prometheus reads from 3.0 on, or get `_` instead. */
export type NameStyle = 'quoted' | 'underscored'

const plainMetric = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const plainLabel = /^[a-zA-Z_][a-zA-Z0-9_]*$/

const escapes = new Map([
  ['\\', '\\\\'],
  ['"', '\\"'],
  ['\n', '\\n'],
])

const quoted = (text: string): string => `"${escaped(text)}"`

/** A text as it stands in quotes. */
const escaped = (text: string): string =>
  /[\\"\n]/.test(text) ? text.replaceAll(/[\\"\n]/g, (one) => escapes.get(one) ?? one) : text

/** The family of a counter: its name without `_total`. */
export const totalFamily = (name: string): string =>
  name.endsWith('_total') && name !== '_total' ? name.slice(0, -'_total'.length) : name

/** The text of a `# HELP`; in 0.0.4 quotes stand for themselves. */
export const escapedHelp = (text: string, escapesQuotes: boolean): string =>
  escapesQuotes ? escaped(text) : text.replaceAll(/[\\\n]/g, (one) => escapes.get(one) ?? one)

/** A name that old scrapers read too. */
export const underscored = (name: string): string => {
  const plain = name.replaceAll(/[^a-zA-Z0-9_:]/gu, '_')
  return /^[0-9]/.test(plain) ? `_${plain}` : plain
}

/** The name of a family as it stands behind `# TYPE`. */
export const familyText = (name: string): string => (plainMetric.test(name) ? name : quoted(name))

/** Labels as they are written, without braces, or `undefined` where two have one name, or one of a name that the format keeps for itself. */
export function labelTexts(
  tags: Tags,
  style: NameStyle,
  kept: readonly string[] = [],
): readonly string[] | undefined {
  const texts: string[] = []
  const names = new Set(['__name__', ...kept])
  for (const [category, value] of Object.entries(tags)) {
    // As one that is not there.
    if (value === '') continue
    const name = style === 'underscored' ? underscored(category).replaceAll(':', '_') : category
    if (names.has(name)) return undefined
    names.add(name)
    texts.push(`${plainLabel.test(name) ? name : quoted(name)}="${escaped(value)}"`)
  }
  return texts
}

/** Name and labels as they stand in front of a value. */
export function headerText(name: string, labels: readonly string[]): string {
  if (!plainMetric.test(name)) return `{${[quoted(name), ...labels].join(',')}}`
  return labels.length === 0 ? name : `${name}{${labels.join(',')}}`
}
