// What the line to paste does, where a rule that is loaded says so.

/** `120 in the queue opens a fault of severity 2, demo.queue:20|g clears it.` */
export function demoParts(lines, rules) {
  const sent = /(demo\.queue):(\d+)\|g/.exec(lines.find(({ source }) => source === 'statsd')?.line ?? '')
  const rule = rules.find(({ select }) => select === '__name:demo.queue')
  const value = Number(sent?.[2])
  const opens = rule?.levels.find(({ is, threshold }) => is === 'above' && value > threshold)
  const clears = rule?.levels.every(({ is, threshold, until = threshold }) => is === 'above' && until >= 20)
  if (opens === undefined || !clears || rule.averageMs !== undefined) return []
  return [
    `${value} in the queue opens a fault of severity ${opens.severity}, `,
    { strong: 'demo.queue:20|g' },
    ' clears it.',
  ]
}
