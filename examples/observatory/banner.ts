import type { Observatory } from './observatory.ts'

/** Three shell lines, each of which shows up in the page at once. */
export function linesToPaste({
  url,
  host,
  statsdPort,
  graphitePort,
  trapPath,
}: Observatory): readonly string[] {
  return [
    `echo "demo.queue:120|g" | nc -u -w1 ${host} ${statsdPort}`,
    `echo "demo.orders 42 $(date +%s)" | nc -w1 ${host} ${graphitePort}`,
    `curl -d '{"checkout": {"latency_ms": 12.5}}' ${url}${trapPath}`,
  ]
}

/** What is printed on start. */
export function banner(observatory: Observatory): string {
  return `
  Tocsin observatory: ${observatory.url}

  Paste one of these lines and watch it arrive:
${linesToPaste(observatory)
  .map((line) => `    ${line}`)
  .join('\n')}

  120 in the queue opens a fault, 20 clears it. Ctrl+C stops; what was collected stays in ${observatory.data}.
`
}
