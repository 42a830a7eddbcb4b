// A sentence is a list of parts: texts, `{ strong }`, and `{ ticks, since }` for what changes each second and is not read aloud.

export const strong = (text) => ({ strong: text })
export const ticks = (text, since) => ({ ticks: text, since })

/** The sentence as text. */
export function textOf(parts) {
  return parts.map((part) => (typeof part === 'string' ? part : (part.strong ?? part.ticks))).join('')
}

/** `a`, `a and b`, `a, b and c` */
export function listed(words) {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}

/** `1st`, `2nd`, `3rd`, `11th` */
export function ordinal(number) {
  const isTeen = Math.floor((number % 100) / 10) === 1
  const ending = isTeen ? 'th' : (['th', 'st', 'nd', 'rd'][number % 10] ?? 'th')
  return `${number}${ending}`
}
