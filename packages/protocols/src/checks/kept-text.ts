/** The beginning of a text, by itself: a part of a text holds all of it in memory, as a word does the body that it stands in. */
export const keptText = (text: string, maxLength: number = Infinity): string =>
  Buffer.from(text.slice(0, maxLength)).toString()

/** The same for a sentence, without characters that a terminal acts on. */
export const keptSentence = (text: string, maxLength: number): string =>
  keptText(text, maxLength).replace(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu, ' ')
