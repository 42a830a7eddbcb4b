// Sends one mail, and says what became of it.
const { emailNotifier } = require('@tocsin/notify/email')
const { once } = require('node:events')

const notification = {
  id: 'id',
  kind: 'alert',
  severity: 1,
  subject: '[severity 1] cpu host=a: 99 is above 95',
  text: 'cpu host=a: 99 is above 95',
  place: 'ops',
  notifier: 'ops',
  sequence: 1,
  time: 0,
  attempt: 1,
  alerts: [
    {
      id: 'alert',
      fault: 'fault',
      ruleSet: 'cpu',
      series: 'cpu|ST[host:a]',
      severity: 1,
      text: 'cpu host=a: 99 is above 95',
      fields: [{ name: 'host', value: 'a' }],
      cause: { reason: 'above' },
      openedAt: 0,
    },
  ],
}
const addresses = { from: 'tocsin@example.com', to: ['ann@example.com'] }

const send = (port) => {
  const notifier = emailNotifier({ ...addresses, smtp: { host: '127.0.0.1', port, allow: ['127.0.0.0/8'] } })
  return notifier.send(notification, new AbortController().signal)
}

async function toServer() {
  const { SMTPServer } = require('smtp-server')
  let mail = ''
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, session, done) => {
      stream.setEncoding('utf8').on('data', (text) => (mail += text))
      stream.on('end', () => done())
    },
  })
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  await send(server.server.address().port)
  server.close()
  return mail.includes(`Subject: ${notification.subject}`) ? 'delivered' : mail
}

const told =
  process.argv[2] === 'none'
    ? send(1).then(
        () => 'sent',
        ({ code }) => code,
      )
    : toServer()
told.then(console.log)
