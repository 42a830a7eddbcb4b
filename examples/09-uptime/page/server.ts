import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'

import { listening, type Listening } from '../listening.ts'
import { page, type Shown } from './page.ts'

const headers = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
}

/** Serves the page to this machine alone. What cannot be read is said, and never shown as well. */
export async function startPage(port: number, read: () => Promise<Shown>): Promise<Listening> {
  const style = readFileSync(join(import.meta.dirname, 'style.css'), 'utf8')
  const answer = async (path: string | undefined): Promise<readonly [number, string, string]> => {
    if (path === '/style.css') return [200, 'text/css; charset=utf-8', style]
    if (path === '/') return [200, 'text/html; charset=utf-8', page(await read())]
    return [404, 'text/plain; charset=utf-8', 'There is / and nothing else.\n']
  }
  const server = createServer((request, response) => {
    const send = ([status, type, body]: readonly [number, string, string]): void => {
      response.writeHead(status, { ...headers, 'content-type': type })
      response.end(request.method === 'HEAD' ? undefined : body)
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      send([405, 'text/plain; charset=utf-8', 'It can be read, and nothing else.\n'])
      return
    }
    answer(request.url).then(send, (error: unknown) => {
      console.error('The page cannot be made:', error)
      send([500, 'text/plain; charset=utf-8', 'The store cannot be read; nothing is known.\n'])
    })
  })
  return listening(server, port)
}
