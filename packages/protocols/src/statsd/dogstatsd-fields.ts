import { addOriginField, addTagField, type StatsdTags } from './statsd-tags.ts'

/** What the fields of an event or a service check say. */
export interface DogStatsdFields {
  readonly tags: StatsdTags
  /** Seconds since the Unix epoch from a `d:` field, NaN where it holds none, else `undefined`. */
  seconds: number | undefined
  /** What is in the `m:` field, if there is one. */
  message: string | undefined
}

/**
 * Reads fields as they stand between pipes: `#` tags, `d:` time, `c:` and `e:` origin, `m:` message, and those that become tags by their
 * letter. A field that is not known is skipped, but for one behind a message, which is of the message.
 */
export function readDogStatsdFields(text: string, categories: ReadonlyMap<string, string>): DogStatsdFields {
  const fields: DogStatsdFields = { tags: [], seconds: undefined, message: undefined }
  for (const field of text.split('|')) {
    if (field.startsWith('#')) addTagField(fields.tags, field.slice(1))
    else if (field[1] === ':') readLettered(field, fields, categories)
    else if (!field.startsWith('card:') && fields.message !== undefined) fields.message += `|${field}`
  }
  return fields
}

function readLettered(field: string, fields: DogStatsdFields, categories: ReadonlyMap<string, string>): void {
  const letter = field[0] ?? ''
  const value = field.slice(2)
  const category = categories.get(letter)
  if (category !== undefined) fields.tags.push([category, value.trim()])
  else if (letter === 'c' || letter === 'e') addOriginField(fields.tags, field)
  else if (letter === 'd') fields.seconds = readSeconds(value)
  else if (fields.message !== undefined) fields.message += `|${field}`
  else if (letter === 'm') fields.message = value
}

function readSeconds(text: string): number {
  const seconds = /^\s*\d{1,12}\s*$/.test(text) ? Number(text) : Number.NaN
  return seconds > 0 ? seconds : Number.NaN
}

/** The line feeds that DogStatsD writes as two characters. */
export const unescapeLines = (text: string): string => text.replaceAll('\\n', '\n')
