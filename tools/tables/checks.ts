import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import type { DescribedOption } from '../../packages/protocols/src/command/described-options.ts'
import type { DeclaredOption } from './check-options.ts'
import { plain, sentenceOf } from './comments.ts'

/** What the comment of a check says of it. */
export interface DescribedCheck {
  readonly name: string
  /** The first sentence. */
  readonly what: string
  /** The paragraph that starts with `Metrics`; `undefined` where there is none. */
  readonly metrics: string | undefined
}

/** The checks of one file: functions that are exported and whose name ends in `Check`. */
export function describedChecks(text: string): readonly DescribedCheck[] {
  const comments = text.matchAll(/\/\*\*((?:(?!\*\/)[^])*)\*\/\nexport function (\w+Check)\b/g)
  return [...comments].map(([, comment = '', name = '']) => {
    const paragraphs = comment
      .replace(/^\s*\* ?/gm, '')
      .split(/\n\s*\n/)
      .map((paragraph) => paragraph.trim().replaceAll('\n', ' '))
    const metrics = paragraphs.find((paragraph) => /^Metrics\b/.test(paragraph))
    return { name, what: sentenceOf(paragraphs[0] ?? ''), metrics }
  })
}

/** The checks that the files `index.ts` below a folder offer, in the order of their names. */
export function checksBelow(folder: string): readonly DescribedCheck[] {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.ts'),
  )
  const read = (path: string): string => readFileSync(join(folder, path), 'utf8')
  const offered = paths
    .filter((path) => /(^|\/)index\.ts$/.test(path))
    .map(read)
    .join('\n')
  const isOffered = ({ name }: DescribedCheck): boolean => new RegExp(`\\b${name}\\b`).test(offered)
  return paths
    .flatMap((path) => describedChecks(read(path)))
    .filter(isOffered)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** The checks of docs/guides/checks.md: each is folded, with its metrics and its options. */
export const checksList = (
  checks: readonly DescribedCheck[],
  options: Readonly<Record<string, readonly DeclaredOption[]>>,
): string =>
  checks
    .map(({ name, what, metrics = '' }) => {
      const own = (options[name] ?? []).filter(isOwn)
      return [
        `<details>`,
        `<summary><code>${name}</code> ${asHtml(plain(what).replace(/^A check /, ''))}</summary>`,
        '',
        `**Metrics:** ${plain(metricsOf(metrics))}`,
        '',
        ...(own.length === 0 ? [] : [optionsTable(own), '']),
        '</details>',
      ].join('\n')
    })
    .join('\n\n')

/** What all that connect have is described once, but for the port. */
const isOwn = ({ name, declaredIn = '' }: DeclaredOption): boolean =>
  name === 'port' || !['TargetOptions', 'SecureTargetOptions'].includes(declaredIn)

/** A table of options. */
export const optionsTable = (options: readonly DescribedOption[]): string =>
  tableOf(
    ['option', 'default', 'what it says'],
    options.map(({ name, isRequired, defaultValue, says }) => [
      `\`${name}\``,
      isRequired === true ? '(needed)' : (defaultValue ?? 'none'),
      says,
    ]),
  )

/** Of a text in Markdown, in a line where none is read. */
const asHtml = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/`([^`]+)`/g, '<code>$1</code>')

const metricsOf = (paragraph: string): string =>
  paragraph
    .replace(/^Metrics( \(gauges\))?: /, (_, all?: string) => (all === undefined ? '' : 'gauges: '))
    .replace(
      /those of the connection( and the certificate)?, see `\w+`( and `\w+`)?/,
      '[those of the connection$1](#of-the-connection)',
    )

/** A recipe, as far as the table shows it. */
export interface DescribedRecipe {
  readonly name: string
  readonly needs: string
  readonly options: { readonly url: string }
  readonly metrics: Readonly<Record<string, string>>
}

/** The table of systems that `httpCheck` reads. */
export const recipesTable = (recipes: readonly DescribedRecipe[]): string =>
  tableOf(
    ['system', 'what it needs', 'URL', 'some of its metrics'],
    recipes.map(({ name, needs, options, metrics }) => [
      name,
      needs,
      `\`${options.url}\``,
      Object.keys(metrics).slice(0, 6).map(code).join(', '),
    ]),
  )

/** As code, whatever is in it. */
const code = (name: string): string => (name.includes('`') ? `\`\` ${name} \`\`` : `\`${name}\``)

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, head.map(() => '---'), ...rows].map((row) =>
    row.map((cell) => cell.replaceAll('|', '\\|')),
  )
  // Filled up with blanks, a table with long cells is a wall.
  return ['<!-- prettier-ignore -->', ...cells.map((row) => `| ${row.join(' | ')} |`)].join('\n')
}

/** A page with its tables written anew: each stands between comments with its name. */
export function withTables(page: string, tables: Readonly<Record<string, string>>): string {
  let written = page
  for (const [name, table] of Object.entries(tables)) {
    const between = new RegExp(`(<!-- ${name}: .*-->\\n)[^]*?(\\n<!-- end of ${name} -->)`)
    if (!between.test(written)) throw new Error(`the page has no place for the table "${name}"`)
    written = written.replace(between, (_, start: string, end: string) => `${start}\n${table}\n${end}`)
  }
  return written
}
