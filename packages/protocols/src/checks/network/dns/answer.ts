import type { CheckOutcome } from '../../check-outcome.ts'
import type { Findings } from '../../findings.ts'
import { quoted } from '../../quoted.ts'
import { type DnsAnswer, type DnsRecord, maxRecords } from './dns-message.ts'
import { type DnsRecordType, type DnsResponseCode, recordTypes } from './record-types.ts'

/** What an answer must be. */
export interface AnswerExpectation {
  readonly type: DnsRecordType
  readonly expect: string | readonly string[] | undefined
  readonly expectCode: DnsResponseCode
}

/** Most aliases from a name to its records. */
const maxAliases = 16

/** Measures an answer, and judges it. */
export function judgeAnswer(
  found: Findings,
  { code, authoritative, cut, records }: DnsAnswer,
  asked: string,
  { type, expect, expectCode }: AnswerExpectation,
): CheckOutcome {
  found.text('rcode', code)
  found.gauge('authoritative', authoritative ? 1 : 0)
  const owner = type === 'CNAME' ? asked : lastAlias(records, asked)
  if (!isSameName(owner, asked)) found.text('cname', owner)
  const answers = records.filter(
    (record) => record.type === recordTypes[type] && isSameName(record.name, owner),
  )
  const texts = [...new Set(answers.map(({ text }) => text))].sort()
  found.gauge('answers', texts.length)
  if (texts.length > 0) {
    found.text('answer', texts.join(', '))
    found.gauge(
      'ttl',
      answers.reduce((lowest, { ttl }) => Math.min(lowest, ttl), Infinity),
    )
  }
  for (const [name, value] of Object.entries(answers[0]?.soa ?? {}) as [string, string | number][]) {
    if (typeof value === 'number') found.gauge(name, value)
    else found.text(name, value)
  }

  if (code !== expectCode) return found.bad(`it answered ${code}, expected ${expectCode}`)
  if (expectCode === 'NOERROR' && texts.length === 0) return found.bad(`it has no record of type ${type}`)
  const comparable = (list: readonly string[]): string =>
    [...new Set(list.map((one) => canonical(type, one)))].sort().join('\n')
  if (expect !== undefined && comparable(texts) !== comparable([expect].flat()))
    return found.bad(
      `it answered ${quoted(texts.join(', '))}, expected ${quoted([expect].flat().join(', '))}`,
    )
  return cut
    ? found.warning(`it answered with more records than the ${maxRecords} that are read`)
    : found.good()
}

/** Where aliases lead from a name. */
function lastAlias(records: readonly DnsRecord[], name: string): string {
  const aliases = new Map(
    records
      .filter(({ type }) => type === recordTypes.CNAME)
      .map((record) => [record.name.toLowerCase(), record.text]),
  )
  let last = name
  for (let count = 0; count < maxAliases; count += 1) {
    const next = aliases.get(last.toLowerCase())
    if (next === undefined) break
    last = next
  }
  return last
}

const isSameName = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase()

/** What is written in several ways, in one of them. */
function canonical(type: DnsRecordType, answer: string): string {
  if (type === 'TXT' || type === 'CAA') return answer
  if (type === 'AAAA' && URL.canParse(`http://[${answer}]`))
    return new URL(`http://[${answer}]`).hostname.slice(1, -1)
  return answer
    .trim()
    .replace(/\s+/g, ' ')
    .replace(/(.)\.$/, '$1')
    .toLowerCase()
}
