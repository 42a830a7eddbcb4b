import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One `ts` fence of a page or of a TSDoc comment. */
export interface Snippet {
  readonly file: string
  readonly line: number
  readonly code: string
}

/** All `ts` fences in the Markdown pages and TSDoc comments of the repository. */
export function snippets(root: string): readonly Snippet[] {
  const files = execFileSync(
    'git',
    ['ls-files', '-co', '--exclude-standard', '*.md', 'packages/*/src/*.ts'],
    {
      cwd: root,
      encoding: 'utf8',
    },
  )
  return files
    .split('\n')
    .filter((file) => file !== '' && !file.endsWith('CHANGELOG.md') && !file.startsWith('.changeset/'))
    .flatMap((file) => fences(file, readFileSync(join(root, file), 'utf8')))
}

/** The fences of one file. In TypeScript files the `*` of the comment is taken off each line. */
export function fences(file: string, text: string): readonly Snippet[] {
  const inComments = file.endsWith('.ts')
  const found: Snippet[] = []
  let open: { line: number; code: string[] } | undefined
  for (const [index, raw] of text.split('\n').entries()) {
    const line = inComments ? raw.replace(/^\s*\* ?/, '') : raw
    if (inComments && !/^\s*\*/.test(raw)) continue
    if (open !== undefined && line.trim() === '```') {
      found.push({ file, line: open.line, code: open.code.join('\n') })
      open = undefined
    } else if (open !== undefined) {
      open.code.push(line)
    } else if (/^```ts\s*$/.test(line)) {
      open = { line: index + 2, code: [] }
    }
  }
  if (open !== undefined) throw new Error(`${file}:${open.line}: the fence is not closed`)
  return found
}
