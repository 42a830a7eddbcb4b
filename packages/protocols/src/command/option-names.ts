import type { DescribedOption } from './described-options.ts'
import { WrongUse } from './wrong-use.ts'

/** An option as people type it: `--max-redirects` for `maxRedirects`. */
export const typedName = (name: string): string =>
  `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`

/** The option that somebody typed, without its dashes. Where there is none of that name, the nearest are told. */
export function optionOf(typed: string, known: readonly DescribedOption[], prefix = ''): DescribedOption {
  const found = known.find(({ name }) => typedName(name) === `--${typed}`)
  if (found !== undefined) return found
  const names = known.map(({ name }) => `--${prefix}${typedName(name).slice(2)}`)
  const near = nearest(`--${prefix}${typed}`, names)
  throw new WrongUse(
    `there is no option --${prefix}${typed}; ${near.length > 0 ? `did you mean ${near.join(' or ')}?` : `there are ${names.join(', ')}`}`,
  )
}

/** The names that a wrong one may mean, the nearest first, at most three. */
export function nearest(wrong: string, names: readonly string[]): readonly string[] {
  const plain = (name: string): string => name.replace(/^--|-/g, '').toLowerCase()
  const typed = plain(wrong)
  return names
    .map((name) => {
      const isPart = typed.length > 2 && (plain(name).includes(typed) || typed.includes(plain(name)))
      return { name, steps: isPart ? 1 : distance(typed, plain(name)) }
    })
    .filter(({ name, steps }) => steps <= Math.max(1, Math.min(3, Math.floor(plain(name).length / 3))))
    .sort((a, b) => a.steps - b.steps)
    .slice(0, 3)
    .map(({ name }) => name)
}

/** How many letters are to be put in, left out, changed or swapped with the next to make one text of the other. */
function distance(a: string, b: string): number {
  const rows: number[][] = []
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Number.POSITIVE_INFINITY
  for (let i = 0; i <= a.length; i += 1) {
    const row: number[] = []
    rows.push(row)
    for (let j = 0; j <= b.length; j += 1) {
      const isSame = a[i - 1] === b[j - 1]
      const isSwapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const steps = Math.min(
        at(i - 1, j) + 1,
        at(i, j - 1) + 1,
        at(i - 1, j - 1) + (isSame ? 0 : 1),
        at(i - 2, j - 2) + (isSwapped ? 1 : 2),
      )
      row.push(i + j === 0 ? 0 : steps)
    }
  }
  return at(a.length, b.length)
}
