import type { CheckContext } from '../../checks/check.ts'
import { readHttpBody } from '../../checks/http/http-body.ts'
import { askHttp } from '../../checks/http/http-request.ts'
import { type ExpositionFormat, formatOfContentType } from '../exposition-format.ts'
import type { ReadTarget } from './scrape-target.ts'

/** A page as it came. */
export interface FetchedPage {
  readonly format: ExpositionFormat
  readonly bytes: Buffer
}

/** As Prometheus asks. */
const accept =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,' +
  'text/plain;version=0.0.4;q=0.5,*/*;q=0.1'

/** Asks for the page of a target. Rejects where that is not all of a page. */
export async function fetchPage(
  context: CheckContext,
  { url, headers, family, tls, timeoutMs }: ReadTarget,
  maxBytes: number,
): Promise<FetchedPage> {
  const own = {
    accept,
    'accept-encoding': 'gzip',
    'user-agent': 'tocsin',
    'x-prometheus-scrape-timeout-seconds': String(timeoutMs / 1000),
  }
  const given = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const)
  const request = { url, method: 'GET', headers: { ...own, ...Object.fromEntries(given) }, family, tls }
  // Small chunks are framed by as much as they hold.
  return askHttp(context, { ...request, body: undefined }, 2 * maxBytes, async (answer) => {
    const { statusCode = 0 } = answer
    if (statusCode !== 200) throw new Error(`it answered with status ${statusCode}, not with a page`)
    const format = formatOfContentType(answer.headers['content-type'])
    if (format === undefined) throw new Error('its type of content is no text format of Prometheus')
    const { bytes, isCut, fault } = await readHttpBody(answer, maxBytes, context.signal)
    if (fault !== undefined) throw new Error(`its page ${fault}`)
    if (isCut) throw new Error(`its page has more than ${maxBytes} bytes`)
    return { format, bytes }
  })
}
