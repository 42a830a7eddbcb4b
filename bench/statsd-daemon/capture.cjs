// A "server" for the statsd daemon that keeps its packet handler instead of binding a port.
exports.start = (config, handlePacket) => {
  globalThis.statsdHandlePacket = handlePacket
  return true
}
