// Required before the daemon: tells its parent, when asked, how much processor time the process has taken.
process.on('message', () => process.send(process.cpuUsage()))
process.on('disconnect', () => process.exit())
