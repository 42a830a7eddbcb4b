// Sends a file so many times to a port, and ends: node send.mjs port file times.
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { pipeline } from 'node:stream/promises'

const [port, file, times] = process.argv.slice(2)
const content = readFileSync(file)
await pipeline(
  Array.from({ length: Number(times) }, () => content),
  connect(Number(port), '127.0.0.1'),
)
