import { codeOf } from '../errors.ts'

/** Where a command prints to. */
export interface Terminal {
  /** A line, or several, for whoever asked; resolves when the reader keeps up. */
  out(text: string): Promise<void>
  /** A line for the person who watches. */
  err(text: string): void
  /** Replaces the last line of progress; an empty text removes it. */
  status(text: string): void
  /** Whether colours may be used. */
  readonly colour: boolean
  /** Whether somebody watches the progress. */
  readonly watched: boolean
}

/** The command was used in a wrong way, or cannot run here; the message says why. */
export class WrongUse extends Error {
  /** `'WrongUse'`. */
  override readonly name = 'WrongUse'
}

/** Fine, damage found, wrong use. */
export const exitCodes = { fine: 0, damage: 1, wrongUse: 2 } as const

/** The terminal of this process. */
export function processTerminal(): Terminal {
  const { stdout, stderr } = process
  const colour = stdout.isTTY && process.env['NO_COLOR'] === undefined
  stdout.on('error', (error: Error) => {
    // Whoever reads has gone, as `head` does: there is nobody left to tell.
    if (codeOf(error) === 'EPIPE') process.exit(exitCodes.fine)
    stderr.write(`the output cannot be written: ${error.message}\n`)
    process.exit(exitCodes.wrongUse)
  })
  return {
    out: async (text) => {
      if (stdout.write(`${text}\n`)) return
      await new Promise((resolve) => stdout.once('drain', resolve))
    },
    err: (text) => void stderr.write(`${text}\n`),
    status: (text) => void stderr.write(stderr.isTTY ? `\r\u001b[K${text}` : text && `${text}\n`),
    colour,
    watched: stderr.isTTY,
  }
}

/** Names come from a disk and may hold what a terminal would obey. */
export const printable = (text: string): string =>
  text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (sign) => {
    return `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`
  })

const codes = { bad: 31, good: 32, faint: 2 } as const

/** Colours a text where the terminal has colours. */
export const paint = ({ colour }: Pick<Terminal, 'colour'>, how: keyof typeof codes, text: string): string =>
  colour ? `\u001b[${codes[how]}m${text}\u001b[0m` : text
