import { domainToASCII } from 'node:url'

// An address with anything in front, on one line: a line break would begin a header of the writer's choice.
const address = /^[^\u0000-\u001f\u007f]*[^\u0000-\u0020\u007f<>@,;]+@[^\u0000-\u0020\u007f<>@,;]+>?$/
/** What may hold any character: a name in quotes, and a comment. */
const quoted = /"(?:[^"\\]|\\.)*"|\((?:[^()\\]|\\.)*\)/g
const inBrackets = /^[^<]*<([^<>]*)>$/

/** Whether a text of one line ends in a mail address. */
export const isAddress = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= 512 && address.test(value)

/** Whether a text is a list, which nodemailer would take apart: more than one address, or a comma that is not in quotes. */
export function isList(text: string): boolean {
  const plain = text.replace(quoted, '')
  const [, inside = plain] = inBrackets.exec(plain) ?? []
  return /[,;]/.test(plain) || inside.indexOf('@') !== inside.lastIndexOf('@')
}

/** An address without its name, as nodemailer sends it. */
export function bare(text: string): string {
  const inside = text.slice(text.lastIndexOf('<') + 1).replace('>', '')
  const plain = (inside.trim().split(/\s/).at(-1) ?? '').toLowerCase()
  const at = plain.lastIndexOf('@')
  const domain = plain.slice(at + 1)
  return `${plain.slice(0, at + 1)}${domainToASCII(domain) || domain}`
}

/** An address as it may be in a log: who knows the list knows which one it is. */
export function masked(text: string): string {
  const plain = bare(text)
  const at = plain.lastIndexOf('@')
  return at < 0 ? '…' : `${plain.slice(0, 1).toWellFormed()}…${plain.slice(at)}`
}
