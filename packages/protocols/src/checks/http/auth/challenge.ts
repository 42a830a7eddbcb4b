/** A scheme by which a server asks for credentials, with its parameters in small letters. */
export interface Challenge {
  readonly scheme: string
  readonly parameters: ReadonlyMap<string, string>
}

/** A name, with what follows where it is a parameter: a text in quotes or a word. In one of its parts each character has one way. */
const part = /[\s,]*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+)))?/y

/** Most parts of a header that are read. */
const maxParts = 200

/** Reads `WWW-Authenticate`, which may have several challenges; of what it is not, what comes before. RFC 9110, 11.6.1. */
export function readChallenges(header: string): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = []
  part.lastIndex = 0
  for (let parts = 0; parts < maxParts; parts += 1) {
    const found = part.exec(header)
    if (found === null) break
    const [, name = '', quoted, word] = found
    const value = quoted?.replace(/\\(.)/g, '$1') ?? word
    if (value === undefined) challenges.push({ scheme: name.toLowerCase(), parameters: new Map() })
    else challenges.at(-1)?.parameters.set(name.toLowerCase(), value)
  }
  return challenges
}
