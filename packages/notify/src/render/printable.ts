// White space and line separators, C0, DEL, C1, and the marks that turn the direction of what follows.
const unprintable = /[\s\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g

/**
 * Text from outside as one line that a terminal, a log or a header takes literally: each run of control
 * characters and white space becomes one space, and what is longer than `maxLength` ends in "…".
 */
export function printable(text: string, maxLength: number): string {
  const line = text.replace(unprintable, ' ').trim().toWellFormed()
  return line.length <= maxLength ? line : `${line.slice(0, maxLength - 1).toWellFormed()}…`
}
