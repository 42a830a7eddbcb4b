/** What a statement of a snippet should print, one entry per print. */
interface Expectation {
  readonly line: number
  readonly prints: readonly string[]
}

/** A snippet ready to run: each `console.log` with a `// => value` comment tells its line along with what it prints. */
export interface Instrumented {
  readonly code: string
  readonly expectations: readonly Expectation[]
}

/** Name of the function that the snippet calls in place of `console.log`. */
export const recorder = '__printed'

/** Finds `console.log(…) // => value`; more prints of one statement stand in `// => ` lines below it. */
export function instrument(code: string): Instrumented {
  const expectations: { line: number; prints: string[] }[] = []
  const lines = code.split('\n').map((line, index) => {
    const statement = /^(.*?)console\.log\((.*)\)(.*?)\s*\/\/ => (.*)$/.exec(line)
    if (statement !== null) {
      const [, before = '', given = '', after = '', value = ''] = statement
      expectations.push({ line: index + 1, prints: [value.trim()] })
      return `${before}${recorder}(${index + 1}, ${given})${after}`
    }
    const more = /^\s*\/\/ => (.*)$/.exec(line)?.[1]
    if (more !== undefined) {
      const last = expectations.at(-1)
      if (last === undefined) throw new Error(`line ${index + 1}: "// =>" follows no console.log`)
      last.prints.push(more.trim())
    }
    return line
  })
  return { code: lines.join('\n'), expectations }
}
