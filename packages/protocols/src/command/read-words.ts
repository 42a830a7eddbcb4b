/** The command was used in a wrong way; the message says how. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse'
}

/** Words of a command, sorted. */
export interface CommandWords {
  /** Those that are no options. */
  readonly plain: readonly string[]
  /** Options by the names that they have in code; `true` where one has no value. */
  readonly options: ReadonlyMap<string, string | true>
  /** All behind `--`. */
  readonly rest: readonly string[]
}

/**
 * Sorts words: `--max-redirects 3` and `--max-redirects=3` are the option `maxRedirects`; one that is the last word, or has another option
 * behind it, has no value, and neither have those of `flags`.
 */
export function readWords(words: readonly string[], flags: ReadonlySet<string>): CommandWords {
  const end = words.indexOf('--')
  const own = end < 0 ? words : words.slice(0, end)
  const plain: string[] = []
  const options = new Map<string, string | true>()
  for (let at = 0; at < own.length; at += 1) {
    const word = own[at] ?? ''
    if (!word.startsWith('--')) {
      plain.push(word)
      continue
    }
    const [, written = '', given] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? []
    if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(written)) throw new WrongUse(`"--${written}" is no option`)
    const name = written.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
    if (options.has(name)) throw new WrongUse(`--${written} is there twice`)
    const next = own[at + 1]
    const hasNext = given === undefined && next !== undefined && !next.startsWith('--') && !flags.has(name)
    options.set(name, given ?? (hasNext ? next : true))
    if (hasNext) at += 1
  }
  return { plain, options, rest: end < 0 ? [] : words.slice(end + 1) }
}
