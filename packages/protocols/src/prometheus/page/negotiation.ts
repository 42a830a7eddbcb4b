import { type ExpositionFormat, mediaOf } from '../exposition-format.ts'

/** How much something is wanted, from a list such as `a;q=0.5, b`: 1 where that is not said, 0 where it is not acceptable. */
function weightOf(parameters: ReadonlyMap<string, string>): number {
  const weight = Number(parameters.get('q') ?? 1)
  return weight >= 0 && weight <= 1 ? weight : 0
}

/**
 * The format for a header `Accept`: OpenMetrics 1.0 where it is asked for by name and the other is not wanted more, else text 0.0.4, which
 * everything reads.
 */
export function formatFor(accept: string | undefined): ExpositionFormat {
  let [openMetrics, text] = [0, 0]
  for (const part of (accept ?? '').split(',')) {
    const { media, parameters } = mediaOf(part)
    const version = parameters.get('version')
    if (media === 'application/openmetrics-text' && (version === undefined || version === '1.0.0'))
      openMetrics = Math.max(openMetrics, weightOf(parameters))
    else if (media === 'text/plain' && (version === undefined || version === '0.0.4'))
      text = Math.max(text, weightOf(parameters))
  }
  return openMetrics > 0 && openMetrics >= text ? 'openmetrics' : 'prometheus'
}

/** Whether a header `Accept-Encoding` takes gzip. */
export function takesGzip(acceptEncoding: string | undefined): boolean {
  let [gzip, any] = [-1, 0]
  for (const part of (acceptEncoding ?? '').split(',')) {
    const { media, parameters } = mediaOf(part)
    if (media === 'gzip' || media === 'x-gzip') gzip = weightOf(parameters)
    else if (media === '*') any = weightOf(parameters)
  }
  return gzip < 0 ? any > 0 : gzip > 0
}
