// The whole way of a sample, over real sockets and a real folder, then the same folder after a restart.
const assert = require('node:assert/strict')
const { createSocket } = require('node:dgram')
const { once } = require('node:events')
const { createServer } = require('node:http')

const secret = 'a secret that is long enough'
const lines = ['demo.queue:50|g|#host:a', 'demo.queue:99|g|#host:a']

/** Receives webhooks as their receiver would: only what is genuine counts. */
async function receiver({ verifyWebhook }) {
  const received = []
  const server = createServer(async (request, response) => {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const verdict = await verifyWebhook(body, request.headers, secret)
    const forged = await verifyWebhook(`${body} `, request.headers, secret)
    received.push({ ...JSON.parse(body), genuine: verdict.ok, forged: forged.ok })
    response.writeHead(204).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = () =>
    new Promise((closed) => {
      server.close(closed)
      server.closeAllConnections()
    })
  return { received, close, url: `http://127.0.0.1:${server.address().port}/` }
}

/** Sends each line as a datagram of its own, and resolves when all are with the system. */
async function sendAll(port) {
  const socket = createSocket('udp4')
  for (const line of lines) await new Promise((sent) => socket.send(line, port, '127.0.0.1', sent))
  socket.close()
}

const hour = 3_600_000
const fetchQueue = async (store, now) => {
  const range = { select: '__name:demo.queue', from: now - hour, to: now + hour }
  const [fetched] = await store.fetch({ ...range, period: '1d', value: 'sum' })
  return [...(fetched?.values ?? [])].filter((value) => !Number.isNaN(value))
}

async function live(packages, folder) {
  const {
    journal,
    journalSamples,
    rollupStore,
    fault,
    notify,
    notifyStore,
    notifyWebhook,
    protocolsStatsd,
    rxjs,
  } = packages
  const open = await journal.openJournal(`${folder}/journal`, { codec: journalSamples.sampleCodec() })
  const rollups = await rollupStore.openRollupStore(`${folder}/rollups`)
  const alerts = await notifyStore.openNotifyStore(`${folder}/alerts`)
  const hook = await receiver(notify)
  const source = protocolsStatsd.statsd({ host: '127.0.0.1', port: 0 })
  const storage = await open.subscriber('storage', { from: 'oldest' })
  const rules = [fault.ruleSet('queue').select('__name:demo.queue').above(95, 1).build()]
  const policy = { groups: { ops: { notifiers: ['hook'] } }, routes: [{ group: 'ops' }] }
  const allow = ['127.0.0.0/8']
  const notifiers = { hook: notifyWebhook.webhookNotifier({ url: hook.url, secret, allow }) }

  let stored = 0
  const told = []
  const done = new Promise((resolve, reject) => {
    const look = () => stored === lines.length && told.includes('delivered') && resolve()
    const write = async (batch) => {
      await rollups.write(batch)
      stored += batch.values.length
    }
    const judged = open
      .tail()
      .pipe(fault.evaluate(rules, { open: alerts }), notify.notify(policy, { store: alerts, notifiers }))
    const error = reject
    pipelines.add(storage.batches().pipe(journal.ackAfter(write)).subscribe({ next: look, error }))
    pipelines.add(judged.subscribe({ next: ({ type }) => (told.push(type), look()), error }))
    pipelines.add(source.batches().pipe(open.writeBatches()).subscribe({ error }))
  })
  const { port } = await rxjs.firstValueFrom(source.listening)
  await sendAll(port)
  await done
  for (const running of pipelines) running.unsubscribe()

  assert.deepEqual(told, ['created', 'planned', 'delivered'])
  const [{ kind, subject, genuine, forged }, ...more] = hook.received
  assert.deepEqual([kind, genuine, forged, more.length], ['alert', true, false, 0])
  assert.match(subject, /demo\.queue host=a: 99 is above 95/)
  const now = Date.now()
  assert.deepEqual(await fetchQueue(rollups, now), [149])
  await hook.close()
  await alerts.close()
  await rollups.close()
  await open.close()
  return now
}

const pipelines = new Set()

async function again(packages, folder, now) {
  const { journal, journalSamples, rollupStore, rxjs } = packages
  const open = await journal.openJournal(`${folder}/journal`, { codec: journalSamples.sampleCodec() })
  const kept = await rxjs.lastValueFrom(
    open.readFrom('oldest', { until: { seq: open.stats.lastSeq + 1 } }).pipe(
      rxjs.concatMap(({ values }) => values),
      rxjs.map(({ series, value }) => `${series.key} ${value}`),
      rxjs.toArray(),
    ),
  )
  assert.deepEqual(kept, ['demo.queue|ST[host:a] 50', 'demo.queue|ST[host:a] 99'])
  const storage = await open.subscriber('storage')
  assert.equal(storage.ackedSeq, lines.length)
  const rollups = await rollupStore.openRollupStore(`${folder}/rollups`)
  assert.equal(rollups.position?.seq, lines.length)
  assert.deepEqual(await fetchQueue(rollups, now), [149])
  await rollups.close()
  await open.close()
}

exports.pipeline = async (packages, folder) => {
  const now = await live(packages, folder)
  await again(packages, folder, now)
  console.log('pipeline')
}
