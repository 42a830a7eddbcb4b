import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import { asyncScheduler } from 'rxjs'
import { expect, it, onTestFinished } from 'vitest'

import { createHttpPost } from '../../../src/sinks/http/http-post.ts'
import { defaultHttpSink, type ResolvedHttpSink } from '../../../src/sinks/http/http-sink-options.ts'

async function postTo(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  headers: ResolvedHttpSink['headers'],
) {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const http = createHttpPost(
    { ...defaultHttpSink, url: `http://127.0.0.1:${port}/`, headers },
    asyncScheduler,
  )
  onTestFinished(() => {
    http.close()
    server.closeAllConnections()
    server.close()
  })
  return http
}

it('posts nothing once it is closed', async () => {
  let count = 0
  const http = await postTo((_, response) => {
    count += 1
    response.end()
  }, undefined)
  await http.post(Buffer.from('a'), {})
  http.close()
  await expect(http.post(Buffer.from('b'), {})).rejects.toThrow('closed')
  expect(count).toBe(1)
})

it.each<[string, ResolvedHttpSink['headers']]>([
  ['given', { authorization: 'Bearer ZW5jaGFudHJlc3M', 'x-scope-orgid': 'a' }],
  ['asked for', () => ({ authorization: 'Bearer ZW5jaGFudHJlc3M', 'x-scope-orgid': 'a' })],
])('says nothing of headers that were %s, where an answer repeats them', async (_, headers) => {
  const http = await postTo((request, response) => {
    const { authorization = '' } = request.headers
    response.writeHead(400, { 'x-influxdb-error': `token ${authorization.slice(7)}` })
    response.end(`a bad request: ${authorization}`)
  }, headers)
  const answer = await http.post(Buffer.from('a'), {})
  expect([answer.text, answer.header('x-influxdb-error')]).toEqual(['a bad request: ...', 'token ...'])
})

it('says nothing of a password that an answer repeats alone', async () => {
  const http = await postTo(
    (_, response) => {
      response.writeHead(401, { 'x-influxdb-error': 'ada has not the password tiger' })
      response.end('{"error":"tiger is wrong"}')
    },
    { authorization: `Basic ${Buffer.from('ada:tiger').toString('base64')}` },
  )
  const answer = await http.post(Buffer.from('a'), {})
  expect([answer.text, answer.header('x-influxdb-error')]).toEqual([
    '{"error":"... is wrong"}',
    'ada has not the password ...',
  ])
})
