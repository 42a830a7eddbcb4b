import { type CheckKind, checkKinds } from './check-kinds.ts'
import {
  commandOptions,
  type DescribedOption,
  describedFields,
  describedKind,
  type Taken,
} from './described-options.ts'
import { typedName } from './option-names.ts'
import { targetForms } from './read-target.ts'

const command = 'npx @tocsin/protocols check'

/** Columns of a line. */
const width = 100

/** What `--help` prints. */
export function usage(): string {
  const kinds = [...checkKinds].map(([word]) => `  ${word.padEnd(11)}${shortly(describedKind(word).says)}`)
  return [
    `usage: ${command} <kind> <target> [options]`,
    '',
    'Looks once, and prints state, status, phases and what was measured.',
    '',
    'Kinds: a check …',
    ...kinds.flatMap((line) => wrapped(line, 13)),
    '',
    ...general(),
    '',
    'Examples',
    ...['http', 'tls', 'redis', 'external'].map(
      (word) => `  ${command} ${word} ${checkKinds.get(word)?.example ?? ''}`,
    ),
    '',
    `All options of a kind: ${command} dns --help`,
  ].join('\n')
}

/** What `--help` prints behind a kind. */
export function usageOf(word: string, kind: CheckKind): string {
  const { says, options } = describedKind(word)
  const own = options.filter(({ name }) => name !== kind.of)
  return [
    `usage: ${command} ${word} ${kind.of === 'command' ? '[options] -- <program> [arguments]' : `<${kind.of}> [options]`}`,
    '',
    ...wrapped(says, 0),
    '',
    ...formsOf(word, kind, options).map((form, at) => `${at === 0 ? 'Target ' : '       '}  ${form}`),
    `Example  ${command} ${word} ${kind.example}`,
    '',
    `Options of ${word}`,
    ...own.flatMap((option) => lines(option)),
    '',
    ...general(),
  ].join('\n')
}

const formsOf = (
  word: string,
  { of, path, schemes }: CheckKind,
  options: readonly DescribedOption[],
): readonly string[] => {
  if (of === 'url') return ['http://[user:password@]host[:port]/path', 'https://…']
  if (of === 'query') return ['the name to ask for']
  if (of === 'command') return ['a program and its arguments, behind "--"']
  const forms = targetForms({
    word,
    options,
    ...(path !== undefined && { path }),
    ...(schemes !== undefined && { schemes }),
  })
  const isUrl = (form: string): boolean => form.includes('://')
  return [forms.filter((form) => !isUrl(form)).join(', '), ...forms.filter(isUrl)]
}

const general = (): readonly string[] => [
  'Options of all kinds',
  ...commandOptions.flatMap((option) => lines(option)),
  '',
  'How values are written',
  ...[
    'env:NAME   takes a value or a target from a variable, so that no secret stands in the command',
    'a list     the option several times; numbers also as 200,204',
    'an object  its parts, --tls.verify false, or JSON',
    '/…/        is a regular expression where one can be given',
  ].map((line) => `  ${line}`),
  '',
  'Exit code: 0 good, 1 warning, 2 bad, 3 unknown or wrong use.',
]

function lines(option: DescribedOption): readonly string[] {
  const { name, says, defaultValue, isRequired } = option
  const fields = describedFields(option).map((field) => typedName(field.name).slice(2))
  const parts = fields.length === 0 ? '' : ` Parts: .${fields.join(', .')}.`
  const otherwise = isRequired === true ? ' (needed)' : defaultOf(defaultValue)
  const words =
    option.words === undefined || fitsIn(option.words) ? '' : ` One of ${option.words.join(', ')}.`
  const head = `  ${typedName(name)}${written(option)}`
  const text = `${unquoted(says)}${words}${parts}${otherwise}`
  return head.length <= 28
    ? wrapped(`${head.padEnd(30)}${text}`, 30)
    : [head, ...wrapped(`${' '.repeat(30)}${text}`, 30)]
}

/** That there is none needs no words. */
const defaultOf = (text = 'none'): string => (text === 'none' ? '' : ` (default ${unquoted(text)})`)

const fitsIn = (words: readonly string[]): boolean => words.join('|').length <= 30

/** How the value of an option is written. */
function written({ name, takes, words }: DescribedOption): string {
  const is = (...kinds: readonly Taken[]): boolean => kinds.some((kind) => takes.includes(kind))
  if (takes.length === 0) return ''
  if (is('flag')) return ' [true|false]'
  if (is('record')) return '.<name> <text>'
  if (is('object')) return '.<part> …'
  if (is('json')) return " '[{…}]'"
  if (is('numbers')) return ' <number> …'
  if (is('texts')) return ' <text> …'
  if (words !== undefined && fitsIn(words)) return ` <${words.join('|')}>`
  const unit = /(Ms|Bytes|Days|Percent)$/.exec(name)?.[1]?.toLowerCase()
  if (is('number')) return ` <${unit ?? 'number'}>`
  return ` <${[...(is('text') ? ['text'] : []), ...(is('pattern') ? ['/pattern/'] : [])].join('|')}>`
}

const unquoted = (text: string): string =>
  text.replace(/``\s?(.+?)\s?``|`([^`]*)`/g, '$1$2').replace(/^'([^']+)'$/, '$1')

/** A sentence for a list of checks. */
const shortly = (says: string): string => unquoted(says).replace(/^A check (of )?/, '')

/** Lines of a text, all but the first with so many blanks before them. */
function wrapped(text: string, indent: number): readonly string[] {
  const made: string[] = []
  let line = /^ */.exec(text)?.[0] ?? ''
  for (const word of text.trimStart().split(/(?<=\S)(?= )/)) {
    if (line.trim() !== '' && line.length + word.length > width) {
      made.push(line)
      line = ' '.repeat(indent) + word.trimStart()
    } else line += word
  }
  return [...made, line]
}
