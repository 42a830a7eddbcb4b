import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

import { Refused } from './refused.ts'

/** Longest body of a request, bytes. */
const maxBodyBytes = 65_536

/**
 * The JSON object that a page of this observatory posted. A page of another site may send a form, yet reads no token, sets no
 * header of its own, and its browser says where it comes from: each of these is asked for by itself.
 */
export async function readPost(
  request: IncomingMessage,
  token: string,
): Promise<Readonly<Record<string, unknown>>> {
  const { headers } = request
  if (headers['sec-fetch-site'] === 'none') throw foreign()
  refuseForeign(request)
  if (!/^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '')) {
    throw new Refused(415, 'The content type has to be application/json.', { reason: 'content-type' })
  }
  if (headers['x-tocsin-token'] === undefined) {
    throw new Refused(403, 'The header x-tocsin-token is missing; /api/state has it.', { reason: 'token' })
  }
  if (!isToken(headers['x-tocsin-token'], token)) {
    throw new Refused(403, 'The page is older than this run of the observatory; load it again.', {
      reason: 'token',
    })
  }
  return objectOf(await readBody(request))
}

/** What a page of another site cannot read costs all the same, such as a query over all series. */
export function refuseForeign({ headers }: IncomingMessage): void {
  const site = headers['sec-fetch-site'] ?? 'none'
  // A person who opens an address comes from no site.
  if (!(site === 'same-origin' || site === 'none') || !isSameOrigin(headers.origin, headers.host)) {
    throw foreign()
  }
}

const foreign = (): Refused =>
  new Refused(403, 'Only a page of this observatory may ask for that.', { reason: 'foreign' })

/** No origin is sent by programs that are no browser. */
function isSameOrigin(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return true
  return URL.canParse(origin) && new URL(origin).host === (host ?? '').toLowerCase()
}

function isToken(given: string | readonly string[] | undefined, token: string): boolean {
  if (typeof given !== 'string') return false
  const [a, b] = [Buffer.from(given), Buffer.from(token)]
  return a.length === b.length && timingSafeEqual(a, b)
}

async function readBody(request: IncomingMessage): Promise<string> {
  const tooLarge = new Refused(413, `A request has at most ${maxBodyBytes} bytes.`, { reason: 'too-large' })
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) throw tooLarge
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBodyBytes) throw tooLarge
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Refused(400, 'The body is no JSON.', { reason: 'not-json' })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Refused(400, 'The body has to be a JSON object.', { reason: 'not-an-object' })
  }
  return value as Record<string, unknown>
}
