import type { Sample } from '@tocsin/core'

/** Whether a table of phases shows it. */
export const isTiming = ({ series: { metric } }: Sample): boolean =>
  metric === 'phase_ms' || /^tt_(resolve|connect|tls|firstbyte)$/.test(metric)

/** Whether it tells of TLS and certificates, which one looks at last. */
export const isOfTls = ({ series: { metric } }: Sample): boolean => /^(tls|cert)_/.test(metric)

/** How long each phase took, and when it ended, counted from the start, as `curl -w` has it; a further request of a run has its number. */
export function phaseTable(samples: readonly Sample[]): readonly string[] {
  const rows = samples
    .filter(({ series }) => series.metric === 'phase_ms')
    .map(({ series: { tags }, value }) => {
      const { phase = '', request } = tags
      const end = samples.find(
        ({ series }) =>
          series.metric === `tt_${phase.replace('_', '')}` && series.tags['request'] === request,
      )
      const name = request === undefined ? phase : `${phase} (request ${request})`
      return [
        name.replace('_', ' '),
        milliseconds(value),
        end === undefined ? '' : milliseconds(end.value),
      ] as const
    })
  if (rows.length === 0) return []
  const widest = Math.max(11, ...rows.map(([name]) => name.length))
  return [
    `${'phase'.padEnd(widest)}  ${'took'.padStart(10)}  ${'ended at'.padStart(10)}`,
    ...rows.map(([name, took, end]) =>
      `${name.padEnd(widest)}  ${took.padStart(10)}  ${end.padStart(10)}`.trimEnd(),
    ),
  ]
}

const milliseconds = (value: Sample['value']): string => `${Number(value).toFixed(2)} ms`

/** How many days the certificates of a chain have left, which nobody reads out of seconds; nothing where there are none. */
export function certificateLine(samples: readonly Sample[]): readonly string[] {
  const first = (metric: string): Sample['value'] | undefined =>
    samples.find(({ series }) => series.metric === metric)?.value
  const [end, own, chain] = [first('cert_end'), first('cert_end_in'), first('cert_chain_end_in')]
  if (!Number.isFinite(end) || !Number.isFinite(own)) return []
  const seconds = Number(chain ?? own)
  const days = Math.abs(seconds / 86_400).toFixed(1)
  const date = new Date((Number(end) - Number(own) + seconds) * 1000).toISOString().slice(0, 10)
  const issuer = first('cert_issuer')
  const by = typeof issuer === 'string' ? `; issued by ${issuer}` : ''
  return [
    `certificate  ${seconds < 0 ? `ended ${days} days ago, on` : `${days} days left, until`} ${date}${by}`,
  ]
}
