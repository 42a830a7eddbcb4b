import { readFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

const page = fileURLToPath(new URL('../../page/', import.meta.url))
const types: ReadonlyMap<string, string> = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
])

function pathOf(pathname: string): string {
  if (pathname === '/') return join(page, 'index.html')
  if (pathname === '/uplot.js') return fileURLToPath(import.meta.resolve('uplot/dist/uPlot.esm.js'))
  if (pathname === '/uplot.css') return fileURLToPath(import.meta.resolve('uplot/dist/uPlot.min.css'))
  return join(page, normalize(decodeURIComponent(pathname)))
}

/** Serves the page as the real server does, its security policy included; always as the file is now. */
export async function serveFile(pathname: string, response: ServerResponse): Promise<void> {
  const path = pathOf(pathname)
  const type = types.get(extname(path))
  const text =
    type === undefined || (!path.startsWith(page) && !path.includes('uplot')) ? undefined : await read(path)
  if (type === undefined || text === undefined) {
    response.writeHead(404, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ error: 'Nothing here; the page is at /.' }))
    return
  }
  response.writeHead(200, {
    'content-type': type,
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'self'; img-src data:; style-src 'self' 'unsafe-inline'",
  })
  response.end(text)
}

const read = (path: string): Promise<Buffer | undefined> => readFile(path).catch(() => undefined)
