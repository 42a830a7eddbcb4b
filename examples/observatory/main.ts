import { startObservatory } from './observatory.ts'
import { readSettings } from './settings.ts'

try {
  const observatory = await startObservatory(readSettings(process.argv.slice(2)))
  const { url, host, statsdPort, graphitePort, trapPath } = observatory
  console.log(`
  Tocsin observatory: ${url}

  Paste one of these lines and watch it arrive:
    echo "demo.queue:120|g" | nc -u -w1 ${host} ${statsdPort}
    echo "demo.orders 42 $(date +%s)" | nc -w1 ${host} ${graphitePort}
    curl -d '{"checkout": {"latency_ms": 12.5}}' ${url}${trapPath}

  120 in the queue opens a fault, 20 clears it. Ctrl+C stops; what was collected stays in ${observatory.data}.
`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void observatory.close().then(() => process.exit(0))
    })
  }
  await observatory.ended
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exit(1)
}
