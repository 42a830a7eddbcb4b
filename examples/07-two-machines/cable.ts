import type { AddressInfo, Socket } from 'node:net'
import { connect, createServer } from 'node:net'

/** A wire between two machines that can be cut. */
export interface Cable extends Disposable {
  readonly port: number
  cut(): void
  mend(): void
}

/** Passes on what comes to its port. */
export async function cable(to: number): Promise<Cable> {
  const sockets = new Set<Socket>()
  let isCut = false
  const server = createServer((near) => {
    if (isCut) {
      near.destroy()
      return
    }
    const far = connect(to, '127.0.0.1')
    const end = () => [near, far].forEach((socket) => socket.destroy())
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', end).on('close', end)
    }
    near.pipe(far).pipe(near)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const cut = () => {
    isCut = true
    for (const socket of sockets) socket.destroy()
    sockets.clear()
  }
  const mend = () => {
    isCut = false
  }
  const { port } = server.address() as AddressInfo
  return {
    ...{ port, cut, mend },
    [Symbol.dispose]: () => {
      cut()
      server.close()
    },
  }
}
