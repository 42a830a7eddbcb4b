import type { DescribedOption } from './described-options.ts'
import { WrongUse } from './wrong-use.ts'

/** Words of a command, sorted. */
export interface CommandWords {
  /** Those that are no options. */
  readonly plain: readonly string[]
  /** What was given to each option, by its name as it was typed, without the dashes; `true` where there was no value. */
  readonly options: ReadonlyMap<string, readonly (string | true)[]>
  /** All behind `--`. */
  readonly rest: readonly string[]
}

/**
 * Sorts words: `--max-redirects 3` and `--max-redirects=3` are the same, and an option may be there several times. What an option is, is asked
 * with the plain words before it, since one without a value takes no word.
 */
export function readWords(
  words: readonly string[],
  describe: (typed: string, plain: readonly string[]) => DescribedOption | undefined,
): CommandWords {
  const end = words.indexOf('--')
  const own = end < 0 ? words : words.slice(0, end)
  const plain: string[] = []
  const options = new Map<string, (string | true)[]>()
  for (let at = 0; at < own.length; at += 1) {
    const word = own[at] ?? ''
    if (!word.startsWith('--')) {
      plain.push(word)
      continue
    }
    const [, typed = '', given] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? []
    if (!/^[a-z]/i.test(typed)) throw new WrongUse(`"${word.split('=', 1).join('')}" is no option`)
    const next = own[at + 1]
    const isTaken = given === undefined && next !== undefined && takesWord(describe(typed, plain), next)
    options.set(typed, [...(options.get(typed) ?? []), given ?? (isTaken ? next : true)])
    if (isTaken) at += 1
  }
  return { plain, options, rest: end < 0 ? [] : words.slice(end + 1) }
}

function takesWord(option: DescribedOption | undefined, next: string): boolean {
  if (next.startsWith('--') || option?.takes.length === 0) return false
  // What may stand alone takes only what cannot be a target.
  return !option?.takes.includes('flag') || /^(true$|false$|\{)/.test(next)
}
