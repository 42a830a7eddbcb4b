const maxLength = 80

/** The beginning of what a target said, for a sentence: short, and without characters that a terminal acts on. */
export const quoted = (said: string): string =>
  JSON.stringify(said.length > maxLength ? `${said.slice(0, maxLength)}…` : said).replace(
    /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g,
    '?',
  )
