/** Which of the two text formats: Prometheus' own 0.0.4, or OpenMetrics 1.0. */
export type ExpositionFormat = 'prometheus' | 'openmetrics'

/** The types of content, as a page says them. */
export const contentTypes: Readonly<Record<ExpositionFormat, string>> = Object.freeze({
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
})

const versions: ReadonlyMap<string, readonly [format: ExpositionFormat, versions: readonly string[]]> =
  new Map([
    ['text/plain', ['prometheus', ['0.0.4', '1.0.0']]],
    ['application/openmetrics-text', ['openmetrics', ['0.0.1', '1.0.0']]],
  ])

/**
 * The format that a header `Content-Type` says; `undefined` where it is neither, as of protobuf, HTML or a later version. Where the header is
 * missing or empty it is `'prometheus'`, as old exporters have it.
 */
export function formatOfContentType(contentType: string | undefined): ExpositionFormat | undefined {
  const { media, parameters } = mediaOf(contentType ?? '')
  if (media === '') return 'prometheus'
  const known = versions.get(media)
  const version = parameters.get('version')
  return known !== undefined && (version === undefined || known[1].includes(version)) ? known[0] : undefined
}

/** One media type with its parameters, in small letters but for their values. */
export function mediaOf(text: string): {
  readonly media: string
  readonly parameters: ReadonlyMap<string, string>
} {
  const [media = '', ...rest] = text.split(';')
  const parameters = new Map<string, string>()
  for (const part of rest) {
    const equals = part.indexOf('=')
    if (equals < 0) continue
    const value = part.slice(equals + 1).trim()
    const isQuoted = value.length >= 2 && value.startsWith('"') && value.endsWith('"')
    parameters.set(part.slice(0, equals).trim().toLowerCase(), isQuoted ? value.slice(1, -1) : value)
  }
  return { media: media.trim().toLowerCase(), parameters }
}
