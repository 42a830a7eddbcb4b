import type { IncomingHttpHeaders } from 'node:http'

import { badOption, messageOf } from '../../errors.ts'
import type { CheckContext, CheckOutcome } from '../check.ts'
import { untilAborted } from '../exchange/abortable.ts'
import { type BodySearch, bodySearch } from './body-search.ts'
import { extractKinds } from './extract/extract-kinds.ts'
import type { Extractor, HttpAnswer } from './extract/extractor.ts'
import type { HttpBody } from './http-body.ts'
import type { ResolvedHttpCheck } from './http-check-options.ts'

/** Measures an answer, and says how well it is. */
export type Judge = (
  context: CheckContext,
  host: string,
  answer: { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: HttpBody },
) => Promise<CheckOutcome>

export function createJudge(options: ResolvedHttpCheck): Judge {
  const { expectStatus, maxBodyBytes, truncate, bodyMatch } = options
  const expected = [expectStatus].flat()
  const match = bodyMatch === undefined ? undefined : searchFor(bodyMatch)
  const matches = Object.entries(options.bodyMatches ?? {}).map(
    ([name, wanted]) => [`body_match_${name}`, searchFor(wanted)] as const,
  )
  const extractors = extractorsOf(options.extract)

  return async (context, host, { status, headers, body: { bytes: body, isCut, fault } }) => {
    const { found, signal } = context
    const isExpected = expected.includes(status)
    const wrongStatus = (): CheckOutcome =>
      found.bad(`expected status ${expected.join(' or ')}, got ${status}${hint(options, status)}`)
    if (truncate) found.gauge('truncated', isCut ? 1 : 0)
    if (fault !== undefined || (isCut && !truncate)) {
      if (!isExpected) return wrongStatus()
      return found.bad(
        fault === undefined
          ? `the body has more than ${maxBodyBytes} bytes`
          : `the body from ${host} ${fault}`,
      )
    }
    found.gauge('bytes', body.length)
    const isFound = match === undefined || (await match(body, signal))
    if (match !== undefined) found.gauge('body_match', isFound ? 1 : 0)
    for (const [metric, search] of matches) found.gauge(metric, (await search(body, signal)) ? 1 : 0)
    const answer: HttpAnswer = { status, headers, body }
    const wrongBody = await extract(extractors, answer, context)
    if (!isExpected) return wrongStatus()
    if (!isFound) return found.bad('the body does not match')
    return wrongBody ?? found.good()
  }
}

const hint = ({ basic, digest }: ResolvedHttpCheck, status: number): string =>
  status === 401 && (basic ?? digest) !== undefined ? ', which refuses the credentials' : ''

function searchFor(wanted: string | RegExp): BodySearch {
  const search = bodySearch(wanted)
  if (typeof search === 'string') throw badOption(search)
  return search
}

function extractorsOf(extract: ResolvedHttpCheck['extract']): readonly Extractor[] {
  if (extract === undefined) return []
  return typeof extract === 'string' ? [extractKinds[extract]()] : [extract].flat()
}

/** Lets all extractors look; gives what the first says that is not well. */
async function extract(
  extractors: readonly Extractor[],
  answer: HttpAnswer,
  context: CheckContext,
): Promise<CheckOutcome | undefined> {
  let wrong: CheckOutcome | undefined
  for (const extractor of extractors) {
    const outcome = await look(extractor, answer, context)
    context.signal.throwIfAborted()
    if (outcome !== undefined && outcome.state !== 'good') wrong ??= outcome
  }
  return wrong
}

async function look(
  extractor: Extractor,
  answer: HttpAnswer,
  context: CheckContext,
): Promise<CheckOutcome | undefined> {
  try {
    return await untilAborted(context.signal, extractor(answer, context))
  } catch (error) {
    return context.found.bad(`the body cannot be read: ${messageOf(error)}`)
  }
}
