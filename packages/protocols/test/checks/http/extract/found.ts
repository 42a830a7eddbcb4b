import { createFindings } from '../../../../src/checks/findings.ts'
import type { CheckContext } from '../../../../src/checks/check.ts'
import type { Extractor } from '../../../../src/checks/http/extract/extractor.ts'

/** What an extractor takes of a body: kind and value by series. */
export async function extracted(
  extractor: Extractor,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<Record<string, string>> {
  const found = createFindings(() => 5)
  const context = { found, now: () => 5, signal: new AbortController().signal } as unknown as CheckContext
  await extractor({ status: 200, headers, body: Buffer.from(body) }, context)
  return Object.fromEntries(
    found.samples.map(({ series, kind, value }) => [series.key, `${kind} ${value as number | string}`]),
  )
}
